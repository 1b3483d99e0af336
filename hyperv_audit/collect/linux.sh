# What a Linux or FreeBSD guest is asked, in any POSIX sh, over its standard input: sh -s MARK
# It only reads, and works without root; what needs root says so by its exit status. Each answer stands between two
# marks, with the exit status before it; the mark is drawn anew for each guest, so that no answer can look like one.
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin
export LC_ALL PATH
mark=$1
have() { command -v "$1" >/dev/null; }

# A command, both of its streams, at most a minute and 60,000 bytes. 127: there is no such command; 124: out of time.
probe() {
    name=$1
    shift
    if have timeout; then
        said=$(timeout 60 "$@" 2>&1 </dev/null)
    else
        said=$("$@" 2>&1 </dev/null)
    fi
    printf '%s %s %s\n%.60000s\n' "$mark" "$name" "$?" "$said"
}

# Who is asked, and by whom.
probe user id -u
probe os_release cat /etc/os-release
probe system uname -s
probe kernel uname -r
probe clock date -u +%s
probe uptime cat /proc/uptime

# Which virtual machine this is, as its host told it over data exchange: that the right one answers.
probe machine cat /var/lib/hyperv/.kvp_pool_3

# Secure Boot. Shim may have stopped to check the kernel although the firmware says "enabled": mokutil tells both.
probe efi test -d /sys/firmware/efi
probe mokutil mokutil --sb-state
probe secure_boot_variable od -An -tu1 /sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
probe lockdown cat /sys/kernel/security/lockdown

# Integration services: the drivers, where they are modules, and the daemons by their units.
probe modules cat /proc/modules
have systemctl && probe services systemctl list-units --type=service --state=running --plain --no-legend --no-pager
have systemctl && probe timers systemctl list-units --type=timer --state=active --plain --no-legend --no-pager

# Updates of the Debian family. A simulation with the package lists at hand; the empty cache settings keep it from
# writing caches, as apt.conf(5) has it. It proves what was known when the lists were fetched: see their age.
have apt-get && probe apt_upgrade apt-get -s -o Debug::NoLocking=true -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= dist-upgrade
have apt-cache && probe apt_policy apt-cache -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= policy
[ -d /var/lib/apt/lists ] && probe apt_lists find /var/lib/apt/lists -maxdepth 1 -printf '%T@ %y %f\n'
[ -d /var/lib/apt/periodic ] && probe apt_periodic find /var/lib/apt/periodic -maxdepth 1 -printf '%T@ %y %f\n'
[ -d /var/lib/dpkg ] && probe dpkg_database find /var/lib/dpkg -maxdepth 1 -name status -printf '%T@ %p\n'

# Updates of the Red Hat family, from the metadata at hand (-C): nothing is fetched. Repositories without updateinfo,
# such as those of CentOS Linux, list no security update whatever is missing: an empty list proves nothing there.
have dnf && probe dnf_security dnf -C updateinfo list --security
have dnf && probe dnf_advisories dnf -C updateinfo list --all
have dnf || probe yum_security yum -C updateinfo list security
have dnf || probe yum_advisories yum -C updateinfo list all
have needs-restarting && probe needs_restarting needs-restarting -r
[ -d /var/cache/dnf ] && probe dnf_metadata find /var/cache/dnf -maxdepth 3 -name repomd.xml -printf '%T@ %p\n'
[ -d /var/cache/libdnf5 ] && probe dnf5_metadata find /var/cache/libdnf5 -maxdepth 3 -name repomd.xml -printf '%T@ %p\n'
[ -d /var/cache/yum ] && probe yum_metadata find /var/cache/yum -maxdepth 5 -name repomd.xml -printf '%T@ %p\n'
[ -d /var/lib/rpm ] && probe rpm_database find /var/lib/rpm/ -maxdepth 1 -printf '%T@ %p\n'

# Updates of SUSE, from the metadata at hand. The exit status is 0 also when patches are needed. Among all patches some are
# for security, or these sources do not tell.
have zypper && probe zypper_patches zypper --non-interactive --no-refresh list-patches --category security
have zypper && probe zypper_all zypper --non-interactive --no-refresh list-patches --all
[ -d /var/cache/zypp/solv ] && probe zypper_metadata find /var/cache/zypp/solv -maxdepth 2 -name solv -printf '%T@ %p\n'

# Updates of FreeBSD, from what freebsd-update and pkg have fetched before.
have freebsd-version && probe freebsd_versions freebsd-version -kru
have freebsd-update && probe freebsd_updates freebsd-update updatesready
have pkg && probe pkg_audit pkg audit

# Whether what is installed also runs.
[ -e /run/reboot-required ] && probe restart_since find /run/reboot-required -printf '%T@ %p\n'
[ -d /boot ] && probe kernels find /boot -maxdepth 1 -name 'vmlinuz*' -printf '%C@ %f\n'

# Firewall: an active service with an empty rule set is none. The rules need root. They are only asked for where the
# kernel has them loaded already, because asking would load them.
[ -d /sys/module/nf_tables ] && probe nft nft list ruleset
[ -e /proc/net/ip_tables_names ] && probe iptables iptables -S
[ -e /proc/net/ip6_tables_names ] && probe ip6tables ip6tables -S

# Who may log on over the network, word for word in the files of the SSH server; what is in force, only root could ask.
probe ssh_settings grep -rhiE '^[[:space:]]*(PermitRootLogin|PasswordAuthentication)[[:space:]]' --include=sshd_config --include='*.conf' /etc/ssh

# Antivirus that tells how it is; others show as running services. And what confines programs.
have mdatp && probe mdatp mdatp health --output json
have getenforce && probe selinux getenforce
[ -r /sys/module/apparmor/parameters/enabled ] && probe apparmor cat /sys/module/apparmor/parameters/enabled

printf '%s end\n' "$mark"
