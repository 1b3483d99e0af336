"""The shape of an inventory file; its JSON Schema for editors is made from the same classes."""

import ipaddress
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)

from hyperv_audit.inventory.document import shown
from hyperv_audit.inventory.validate import Strict, refusal, without_null

NAME = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$"
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
EVERYTHING = "all"


def is_name(text: str) -> bool:
    """Whether `text` can name a host or a group: it becomes part of test ids and file names."""
    return re.fullmatch(NAME[1:-1], text) is not None


def is_address(text: str) -> bool:
    """Whether `text` is a DNS name, or an IPv4 or IPv6 address without brackets."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return is_name(text)
    return True


def is_account(text: str) -> bool:
    """Whether `text` can be an account's name; a colon would be the start of a password."""
    return bool(text.strip()) and text.isprintable() and ":" not in text


def _name(text: str) -> str:
    if not is_name(text):
        raise refusal(
            f"{shown(text)} cannot be a name",
            "use letters, digits, '.', '-' and '_' only, at most 253, not '.' or '-' first; "
            "where the host is found goes into its address",
        )
    return text


def _address(text: str) -> str:
    if not is_address(text):
        raise refusal(
            "is neither a DNS name nor an IP address",
            "write it alone, such as hv01.corp.example or fd00::7; scheme and port are keys of their own",
        )
    return text


def _variable(text: str) -> str:
    if not re.fullmatch(VARIABLE[1:-1], text):
        raise refusal(
            "is not the name of an environment variable",
            "write the variable's name, such as HYPERV_AUDIT_PASSWORD; never the password itself",
        )
    return text


def _account(text: str) -> str:
    if not is_account(text):
        raise refusal("is not an account name", r"write CORP\name, name@corp.example or .\name; never the password")
    return text


Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": NAME})]
Address = Annotated[
    str, AfterValidator(_address), WithJsonSchema({"type": "string", "pattern": r"^[A-Za-z0-9._:%-]+$"})
]
Variable = Annotated[str, AfterValidator(_variable), WithJsonSchema({"type": "string", "pattern": VARIABLE})]
Account = Annotated[str, AfterValidator(_account), WithJsonSchema({"type": "string", "pattern": "^[^:]+$"})]
Text = Annotated[str, Field(min_length=1)]

_SOURCES = ("password_env", "keyring", "prompt", "kerberos")


def _one_source(schema: dict[str, Any]) -> None:
    without_null(schema)
    schema["oneOf"] = [{"required": [source] if source == "kerberos" else ["username", source]} for source in _SOURCES]


class CredentialEntry(Strict):
    """An account, and where its password is found at run time."""

    model_config = ConfigDict(json_schema_extra=_one_source)

    username: Account | None = Field(None, description=r"CORP\name, name@corp.example or .\name")
    password_env: Variable | None = Field(None, description="The environment variable that holds the password")
    keyring: Text | None = Field(None, description="The service name of the password in the system's keyring")
    prompt: Literal[True] | None = Field(None, description="Ask for the password once a run")
    kerberos: Literal[True] | None = Field(
        None, description="The Kerberos ticket of whoever runs the audit; cannot be used yet"
    )

    @model_validator(mode="after")
    def names_one_source(self) -> "CredentialEntry":
        """A password comes from one place; whose it is must be said, but for a ticket."""
        sources = [source for source in _SOURCES if source in self.model_fields_set]
        if len(sources) != 1:
            raise refusal(
                f"names {' and '.join(sources) if sources else 'no source'} for the password",
                "name one: password_env: NAME, keyring: SERVICE or prompt: true",
            )
        if sources != ["kerberos"] and self.username is None:
            raise refusal("key 'username' is missing", r"add username: CORP\name")
        return self


class LimitsEntry(Strict):
    """Time limits in seconds."""

    connect: Annotated[float, Field(gt=0, le=300)] | None = Field(None, description="Opening a connection; default 5")
    operation: Annotated[int, Field(ge=1, le=60)] | None = Field(
        None, description="One WinRM operation; default 20. Servers cut more than 60"
    )
    slow: Annotated[float, Field(gt=0, le=86_400)] | None = Field(
        None, description="Searching for updates and what else may take long, after all else has come; default 180"
    )
    deadline: Annotated[float, Field(gt=0, le=86_400)] | None = Field(
        None, description="Everything that is asked of one host; default 600"
    )


class Variables(Strict):
    """What may be said of every host, of a group or of one host; the nearest to the host wins."""

    scheme: Literal["http", "https"] | None = Field(
        None, description="https (default), or http: WinRM encrypts the messages itself there"
    )
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        None, description="Default 5986 for https, 5985 for http"
    )
    ca_file: Text | None = Field(
        None, description="PEM file of the authority that signed the hosts' certificates, relative to this file"
    )
    credential: CredentialEntry | None = None
    limits: LimitsEntry | None = None


def _address_or_world(schema: dict[str, Any]) -> None:
    without_null(schema)
    schema["not"] = {"required": ["address", "world"]}


class HostVariables(Variables):
    """What may be said of one host."""

    model_config = ConfigDict(json_schema_extra=_address_or_world)

    address: Address | None = Field(None, description="DNS name or IP address; default: the host's name")
    world: Name | None = Field(None, description="A simulated host of the lab, instead of a real one")

    @model_validator(mode="after")
    def is_real_or_simulated(self) -> "HostVariables":
        """Nobody should take a simulated host for the real one."""
        if self.address is not None and self.world is not None:
            raise refusal("has an address and a world", "keep address for a real host, world for one of the lab")
        return self


_PLACEHOLDER = re.compile(r"\{(name|id)\}")


def _guest_address(text: str) -> str:
    if not is_address(_PLACEHOLDER.sub("x", text)):
        raise refusal(
            "is neither a DNS name nor an IP address",
            "write it alone, such as web01.corp.example; {name} and {id} stand for those of the virtual machine",
        )
    return text


GuestAddress = Annotated[
    str,
    AfterValidator(_guest_address),
    WithJsonSchema({"type": "string", "pattern": r"^([A-Za-z0-9._:%-]|\{name\}|\{id\})+$"}),
]

# What each way into a guest needs, and what it may have besides. A guest of the lab brings what it needs.
_NEEDS = {
    "powershell-direct": ("credential",),
    "winrm": ("address", "credential"),
    "ssh": ("address", "username", "known_hosts"),
}
_MAY_HAVE = {"powershell-direct": (), "winrm": ("scheme", "port", "ca_file", "world"), "ssh": ("port", "identity_file")}
_PINNING = "pin the guests' keys: ssh-keyscan ADDRESS > guests.known_hosts, and compare them on the guests' consoles"


def _foreign(way: str) -> list[str]:
    """The keys that other ways have, and this one has not."""
    every = {key for keys in (*_NEEDS.values(), *_MAY_HAVE.values()) for key in keys}
    return sorted(every - {*_NEEDS[way], *_MAY_HAVE[way]})


def _by_way(schema: dict[str, Any]) -> None:
    without_null(schema)
    schema["oneOf"] = [
        {
            "properties": {"via": {"const": way}, **dict.fromkeys(_foreign(way), False)},
            "anyOf": [{"required": list(needs)}, {"required": ["world"]}],
        }
        for way, needs in _NEEDS.items()
    ]
    schema["not"] = {"required": ["address", "world"]}


class GuestEntry(Strict):
    """A way to look inside some virtual machines."""

    model_config = ConfigDict(json_schema_extra=_by_way)

    vm: Text = Field(
        description="The id of a virtual machine, or its name with wildcards; the first entry that fits counts"
    )
    hosts: Text | None = Field(None, description="Hosts or groups, with wildcards; default: every host")
    via: Literal["powershell-direct", "winrm", "ssh"]
    address: GuestAddress | None = Field(
        None, description="For winrm and ssh: DNS name or IP address; {name} and {id} are those of the virtual machine"
    )
    scheme: Literal["http", "https"] | None = Field(None, description="For winrm: https (default) or http")
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        None, description="Default 5986 or 5985 for winrm, 22 for ssh"
    )
    ca_file: Text | None = Field(None, description="For winrm: as for hosts")
    credential: CredentialEntry | None = Field(
        None, description="For powershell-direct and winrm: an account of the guest"
    )
    username: Account | None = Field(
        None, description="For ssh: the account; its key is in identity_file or in your agent"
    )
    identity_file: Text | None = Field(None, description="For ssh: the private key, relative to this file")
    known_hosts: Text | None = Field(
        None,
        description="For ssh: the file with the guests' host keys, relative to this file; no other key is accepted",
    )
    limits: LimitsEntry | None = None
    world: Name | None = Field(None, description="For winrm: a simulated guest of the lab, instead of a real one")

    @model_validator(mode="after")
    def has_what_its_way_needs(self) -> "GuestEntry":
        """A key that another way would need shows that one of the two is a mistake."""
        given = self.model_fields_set
        if strange := [key for key in _foreign(self.via) if key in given]:
            raise refusal(f"via {self.via} has no key {shown(strange[0])}", "delete it, or write another via")
        if self.world and self.address:
            raise refusal("has an address and a world", "keep address for a real guest, world for one of the lab")
        if missing := [key for key in _NEEDS[self.via] if key not in given and not self.world]:
            advice = _PINNING if missing[0] == "known_hosts" else f"via {self.via} needs it"
            raise refusal(f"key {shown(missing[0])} is missing", advice)
        if self.credential and self.credential.kerberos:
            raise refusal("a Kerberos ticket opens no guest yet", "name a password: password_env, keyring or prompt")
        return self


_CLOSED = Field(json_schema_extra={"additionalProperties": False})
HostMapping = Annotated[dict[Name, HostVariables | None], _CLOSED]


def _list_or_mapping(value: Any) -> str | None:
    return "list" if isinstance(value, list) else "mapping" if isinstance(value, dict) else None


class GroupEntry(Strict):
    """A group: its hosts, the groups inside it, and what they share."""

    vars: Variables | None = None
    hosts: (
        Annotated[
            Annotated[list[Name], Tag("list")] | Annotated[HostMapping, Tag("mapping")],
            Discriminator(_list_or_mapping),
        ]
        | None
    ) = Field(None, description="Names, or a mapping of names to variables")
    children: list[Name] | None = Field(None, description="Groups whose hosts belong to this group too")


class InventoryFile(Strict):
    """Who is audited, and how to reach them."""

    defaults: Variables | None = Field(None, description="Variables of every host")
    policy: Text | None = Field(None, description="The policy file, relative to this file")
    waivers: Text | None = Field(None, description="The file of accepted deviations, relative to this file")
    groups: Annotated[dict[Name, GroupEntry], _CLOSED] | None = None
    hosts: HostMapping | None = None
    guests: list[GuestEntry] | None = Field(None, description="Ways to look inside virtual machines")
