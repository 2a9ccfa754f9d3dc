"""Values of observations in the spelling that rules are written for: blanks, quotation marks, names and identifiers."""

from __future__ import annotations

import re

from scanner.core.fields import Role

#: Characters that devices send around a value: blanks, line ends, the NUL that ends a C string.
BLANK = " \t\r\n\v\f\0"
#: Longest value, in characters, that is a banner and not a page.
BANNER_LIMIT = 512

#: A telephone by name, not a system, adapter or program for telephones.
_PHONE = re.compile(
    r"(?<![a-z])(?<!door )(?<!door-)(?:ip|voip|sip|desk|tele|video|conference|speaker)?[ -]?phones?(?![a-z])"
    r"(?![ -]?(?:systems?|adapt[eo]rs?|managers?|management|servers?|services?|gateways?|switch(?:es)?|books?|lines?"
    r"|jacks?|ports?|apps?|fax|provisioning|conferencing|directory|shop|store)(?![a-z]))",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"\x1b\[[0-9;]{0,16}[A-Za-z]|[\x00-\x1f\x7f\xa0]")
_QUOTES = "\"'"
#: Roles of text without a spelling of its own.
_PLAIN_ROLES = frozenset({Role.TEXT, Role.PRODUCT})
_TITLE = re.compile(r"<title>\s{0,40}([^<]{1,200}?)\s{0,40}</title>", re.IGNORECASE)
_WITH_DOMAIN = re.compile(r"[\w-]{1,63}(?:\.[A-Za-z][\w-]{0,62}){1,8}\.?")
_SLASHED = re.compile(r"/(?=[A-Za-z]{1,24}=)")
_SPACED = re.compile(r"(^|,|\+) ?([A-Za-z]{1,24}) ?= ?")
#: Words for the kind of a device and of a service in nmap-service-probes, before a version or the end.
_KIND_OF_SERVICE = re.compile(
    r" (?:(?:(?:VoIP|IP|SIP|DECT) (?:phone|adapter|gateway|router|server|PBX)|PBX|session border controller"
    r"|video ?conferenc\w{1,5} system)(?: (?:SIP|sipd|httpd|telnetd|ftpd|http (?:config|admin|interface)))?"
    r"|SIP|sipd|httpd|telnetd|ftpd|http (?:config|admin|interface))(?=(?: v?\d[^ ]{0,40})?(?: \([^()]{0,200}\))?$)",
    re.IGNORECASE | re.ASCII,
)
_SERVED = re.compile(
    r".{1,100} \(((?=[^()]{0,200}(?:http (?:config|admin)|VoIP|IP phone))[^()]{3,200})\)", re.IGNORECASE | re.ASCII
)
_ENTERPRISES = re.compile(
    r"\A\.?(?:iso\.3\.6\.1\.4\.1|(?:iso\.org\.dod\.internet\.private\.|SNMPv2-SMI::)?enterprises)\."
)


def until_nul(value: str) -> str:
    """A stripped value up to its first NUL, where a C string ends; what is behind it is not text of the device."""
    return value.partition("\0")[0].rstrip(BLANK) if "\0" in value else value


def spellings(role: Role, value: str) -> tuple[str, ...]:
    """The value of a field with this role as it is and, where that differs, in plain spelling; none for ""."""
    if not value:
        return ()
    quoted = value[0] in _QUOTES or value[-1] in _QUOTES
    if role in _PLAIN_ROLES and not quoted and value.isprintable() and "  " not in value:
        return (value,)
    other = respelled(role, value)
    return (value,) if other == value else (value, other)


def respelled(role: Role, value: str) -> str:
    """The value of a field with this role in plain spelling; unchanged where it is plain, or longer than a banner."""
    if len(value) > BANNER_LIMIT:
        return value
    extra_blanks = "  " in value or not value.isprintable()
    text = plain(value) if extra_blanks or value[:1] in _QUOTES or value[-1:] in _QUOTES else value
    if role is Role.DISTINGUISHED_NAME:
        return distinguished(text)
    if role is Role.SERVICE:
        return product_of_service(text)
    if role is Role.HOST_NAME and _WITH_DOMAIN.fullmatch(text):
        return text.partition(".")[0]
    return numeric(text) if role is Role.OBJECT_ID else text


def plain(value: str) -> str:
    """A value without control characters and surrounding quotation marks, with single blanks between words."""
    return " ".join(_CONTROL.sub(" ", value).split()).strip(_QUOTES + " ")


def product_of_service(value: str) -> str:
    """nmap's words for a service without those for its kind: `Snom 320 VoIP phone sipd 8.4.35` is `Snom 320 8.4.35`.

    Where a general program serves a device's pages, its product is in brackets: `RomPager 4.07 (Cisco CP-7940G VoIP
    phone http config)`.
    """
    within = _SERVED.fullmatch(value)
    return _KIND_OF_SERVICE.sub("", within[1] if within else value)


def distinguished(value: str) -> str:
    """A distinguished name as RFC 4514 writes it: `C = US, CN = x` and `/C=US/CN=x` become `C=US,CN=x`."""
    if value.startswith("/"):
        value = _SLASHED.sub(",", value)[1:]
    return _SPACED.sub(r"\1\2=", value).replace('"', "")


def numeric(oid: str) -> str:
    """An object identifier in numbers: net-snmp prints `iso.3.6.1.4.1` and `SNMPv2-SMI::enterprises`."""
    return _ENTERPRISES.sub("1.3.6.1.4.1.", oid).lstrip(".")


def says_phone(value: str) -> bool:
    """Whether a value names its device a telephone: `IP Phone`, `deskphone`, not `Phone System`."""
    return _PHONE.search(value) is not None


def title(page: str) -> str | None:
    """The title of an HTML page; None where it has none."""
    found = _TITLE.search(page)
    return found[1] if found else None
