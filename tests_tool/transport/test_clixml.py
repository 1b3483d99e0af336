"""PowerShell's standard error as a person reads it."""

import pytest

from hyperv_audit.transport.clixml import messages

NAMESPACE = 'Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"'


def document(*records: str) -> str:
    return f"<Objs {NAMESPACE}>{''.join(records)}</Objs>"


def stream(kind: str, text: str) -> str:
    return f'<S S="{kind}">{text}</S>'


ERROR = document(stream("Error", "no such VM_x000D__x000A_"), stream("Error", "at line 1_x000D__x000A_"))
PROGRESS = document(
    '<Obj S="progress" RefId="0"><MS><I64 N="SourceId">1</I64><S N="x">Preparing modules</S></MS></Obj>'
)
BOMB = (
    '<!DOCTYPE Objs [<!ENTITY a "AAAAAAAAAA"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"> ]>'
)
STOLEN = '<!DOCTYPE Objs [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
EXPANDING = document(stream("Error", "&c;"))

STDERR = {
    "nothing": ("", ""),
    "plain text": ("Access is denied.\r\n", "Access is denied."),
    "one document": (f"#< CLIXML\r\n{ERROR}", "no such VM\r\nat line 1"),
    "preamble before the header": (f"\ufeff#< CLIXML\r\n{ERROR}", "no such VM\r\nat line 1"),
    "header twice": (f"#< CLIXML\r\n#< CLIXML\r\n{ERROR}", "no such VM\r\nat line 1"),
    "several documents": (f"#< CLIXML\r\n{ERROR}{ERROR}", "no such VM\r\nat line 1\nno such VM\r\nat line 1"),
    "a header for each": (
        f"#< CLIXML\r\n{PROGRESS}\r\n#< CLIXML\r\n{ERROR}",
        "no such VM\r\nat line 1",
    ),
    "text around": (f"before\r\n#< CLIXML\r\n{ERROR}\r\nafter", "before\nno such VM\r\nat line 1\nafter"),
    "progress alone": (f"#< CLIXML\r\n{PROGRESS}", ""),
    "warning": (document(stream("Warning", "old version")), "warning: old version"),
    "verbose, debug, information": (
        document(*(stream(kind, "chatter") for kind in ("verbose", "debug", "information"))),
        "",
    ),
    "surrogate pair": (document(stream("Error", "_xD83D__xDDA5_ Łódź")), "🖥 Łódź"),
    "half a surrogate pair": (document(stream("Error", "a_xD83D_b")), "a\ufffdb"),
    "an escaped escape": (document(stream("Error", "_x005F_x000A_")), "_x000A_"),
    "no escape": (document(stream("Error", "_x00G0_ _x41_")), "_x00G0_ _x41_"),
    "markup as text": (document(stream("Error", "&lt;b&gt; &amp; more")), "<b> & more"),
    "an error without text": (document('<S S="Error"/>'), ""),
    "unfinished": ("#< CLIXML\r\n<Objs><S", "<Objs><S"),
    "not well formed": ("<Objs><S></Objs>", "<Objs><S></Objs>"),
    "DTD before": (f"{BOMB}{EXPANDING}", f"{BOMB}\n{EXPANDING}"),
    "DTD inside": (f"<Objs>{BOMB}</Objs>", f"<Objs>{BOMB}</Objs>"),
    "a file of ours": (f"{STOLEN}{document(stream('Error', '&a;'))}", f"{STOLEN}\n{document(stream('Error', '&a;'))}"),
}


@pytest.mark.parametrize(("stderr", "text"), STDERR.values(), ids=STDERR.keys())
def test_messages(stderr: str, text: str) -> None:
    assert messages(stderr.encode()) == text


def test_a_character_that_is_cut_is_shown_as_damaged() -> None:
    assert messages(b"Zugriff verweigert\x81") == "Zugriff verweigert\ufffd"
