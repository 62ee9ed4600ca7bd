"""Templates made to hurt, by kinds: `hostile()` yields them all, each with a body as hostile as itself.

Every one has to end in text or in an error of ours, soon, in little memory, and without a look at anything
that is not its own. Sources of a megabyte are made when they are asked for.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

MEGABYTE = 2**20


class Hostile(NamedTuple):
    """One template; `body` names what it is rendered with, see `BODIES`."""

    name: str
    source: str
    body: str = "small"


BODIES: dict[str, Callable[[], str]] = {
    "small": lambda: '{"a": {"b": [1, 2.5, true, null, "text"]}, "s": "abc", "l": [[1], [2]]}',
    "digits": lambda: "[" + "1," * (5 * MEGABYTE - 2) + "1]",
    "lists": lambda: "[" + "[]," * (3 * MEGABYTE) + "[]]",
    "objects": lambda: "[" + '{"a":1},' * (MEGABYTE + 2**18) + "{}]",
    "rows": lambda: "[" + ",".join(f'{{"n":{n},"s":"{n:0200}"}}' for n in range(40_000)) + "]",
    "chain": lambda: '{"a":' * 900 + "[" + "1," * 9999 + "1]" + "}" * 900,
    "chains": lambda: "[" + ",".join(['{"a":{"a":{"a":1}}}'] * 60_000) + "]",
    "brackets": lambda: "[" * (10 * MEGABYTE),
    "letters": lambda: "ab" * (5 * MEGABYTE),
    "quotes": lambda: "\"'\\/" * (MEGABYTE + 2**18),
    "accents": lambda: "é" * (5 * MEGABYTE),
    "beyond": lambda: "\U0001f600" * (2 * MEGABYTE + 2**18),
    "halves": lambda: '"' + r"\ud83d" * MEGABYTE + '"',
    "number": lambda: "9" * (10 * MEGABYTE),
    "vtl": lambda: "#foreach($i in [1..1000])$context#set($x = 1)${util}#end" * 100_000,
}

ROOTS = (
    "$input $util $context $stageVariables $s $n $n.class $input.path('$') $input.params() $m $m.keySet() "
    "$m.entrySet().iterator().next() $l $l.iterator() $foreach $d"
).split()
SETUP = "#set($s='x')#set($n=1)#set($m={'k':1})#set($l=[1])#define($d)x#end"
DUNDER = (
    "__class__ __class__.__mro__ __dict__ __init__.__globals__ __class__.__base__.__subclasses__() "
    "__getattribute__('__class__') __reduce_ex__(4) func_globals"
).split()


def dunder() -> Iterator[str]:
    for root in ROOTS:
        for name in DUNDER:
            yield f"{SETUP}{root}.{name}"
        yield f"{SETUP}{root}['__class__'] {root}.get('__class__') {root}.get(\"__globals__\")"


def format_() -> Iterator[str]:
    for text in ("{0.__class__}", "%(a)s", "{0.__init__.__globals__[os]}", "${jndi:ldap://x}", "%n%s%x"):
        for call in ("format($input)", "format_map($m)", "formatted($util)", "__mod__($m)", "join($l)"):
            yield f"{SETUP}#set($t='{text}')$t.{call} $t"
    yield "#set($t='a')$t.format('{0.__class__}', $input) $t.getClass().format('%s', $util)"
    yield "#set($t='%s')#set($x = $t % $input)$x"


def java() -> Iterator[str]:
    names = ("java.lang.Runtime", "java.lang.ProcessBuilder", "javax.script.ScriptEngineManager", "os")
    for name in names:
        yield f"#set($s='')$s.class.forName('{name}').getRuntime().exec('id')"
        yield f"$input.class.classLoader.loadClass('{name}').newInstance()"
        yield f"#set($s='')#set($c=$s.getClass().getClass())$c.forName(\"{name}\").getMethods()"
    for path in ("class.protectionDomain", "class.module", "class.name.class.class", "getClass().getName()"):
        for root in ("$util", "$context", "$s", "$m.entrySet()"):
            yield f"{SETUP}{root}.{path} {root}.{path}.toString()"


def include() -> Iterator[str]:
    for name in ("/etc/passwd", "../../secrets", "file:///etc/passwd", "http://127.0.0.1/", "", "a\\u0000b"):
        yield f'#include("{name}")'
        yield f'#parse("{name}")'
        yield f"#set($h='#')#evaluate(\"${{h}}include('{name}')\")"
    yield from ("#include($input)", "#parse($util, $context)", "#{include}('x')", "#set($n=5)#parse($n)")
    yield "#define($d)#parse('x')#end$d"


def code() -> Iterator[str]:
    for text in ("'''", "{R}", "%s", "\\", "\\x27", "\n", "\r", "\u2028", "\\N{DOLLAR SIGN}", "\0", "\ud800"):
        yield f'#set($x = "{text}$n{text}")$x{text}a'
        yield f"#set($m = {{'{text}': '{text}'}})$m['{text}'] $m"
        yield f"$nosuch.{text}x #nosuch('{text}') \\$a{text} \\#if{text} $a['{text}']"
    for name in ("import", "None", "R", "v", "w", "x", "exec", "lambda", "__builtins__", "__import__"):
        yield f"#set(${name} = 1)${name} #macro({name} $y)$y#end#{name}(1) ${name}.{name}('os').{name}"
        yield f"#foreach(${name} in [1..2])${name}#end ${{{name}}} $!{name}.class"


def state() -> Iterator[str]:
    yield "$context.put('leak', $context) $context.leak.leak.stage $context.remove('stage') $context.clear()"
    yield "$stageVariables.put('leak', [1..9]) $stageVariables.leak $stageVariables.clear()"
    yield "#set($context.identity.sourceIp = 'leak')#set($context = 'leak')#set($util = 'leak')$util $context"
    yield "#set($o = $context.requestOverride)#set($o.header = $o)#set($o.path['x'] = $o)$o $o.path.x.header"
    yield "#set($input.params().path.leak = 'leak')$input.params().path.put('leak', 1) $input.params('leak')"
    yield "$input.path('$').put('self', $input.path('$')) $input.json('$')"
    yield "$input.path('$.l').add($input.path('$.l')) $input.json('$..*') $input.path('$..l')"
    yield "#macro(leak)leak#end#leak()#macro(leak)other#end#leak()"
    yield "#set($h='#')#evaluate(\"${h}macro(leak)leak${h}end\")#leak()"
    yield "#set($foreach = 'leak')#foreach($i in [1..3])#set($foreach.index = 9)$foreach $foreach.index#end"


def aliasing() -> Iterator[str]:
    pile = "#foreach($i in [1..900])#set($l=[$l,$l])#set($k=[$k,$k])#end"
    for end in (
        "$l",
        "$l.hashCode()",
        "$l.equals($k)",
        "#if($l==$k)y#end",
        "$l.contains($k)",
        "$l.toString()",
    ):
        yield f"#set($l=[1])#set($k=[1]){pile}{end}"
        yield f"#set($l=[])#set($k=[$l])#set($z=$l.add($k)){end}"
    pile = "#foreach($i in [1..900])#set($m={'a':$m,'b':$m})#end"
    for end in ("$m", "$m.hashCode()", "$m.equals($m.clone())", "$m.entrySet()", "$m.values().contains(1)"):
        yield f"#set($m={{}}){pile}{end}"
        yield f"#set($m={{}})#set($m.a=$m)#set($m.b=$m){end}"
    yield "#set($l=[1])#foreach($i in $l)#set($z=$l.add(1))#end"
    yield "#set($l=[1])#set($i=$l.iterator())#foreach($x in $i)#set($z=$l.add(1))#end"
    yield "#set($l=[1,2])#foreach($i in [1..900])#set($z=$l.addAll($l))#end"
    yield "#set($l=[1,2])#foreach($i in [1..900])#set($z=$l.addAll(0, $l))#end"
    yield "#set($m={})#foreach($e in $context.entrySet())#set($z=$e.setValue($m))$m.put($e, $e)#end$m"


def doubling() -> Iterator[str]:
    for step in ('"$s$s"', "$s + $s", "$s.concat($s)", "$s.replace('a', $s)", "$s.replaceAll('.', '$0$0')"):
        yield f"#set($s='aaaaaaaa')#foreach($i in [1..1000])#set($s={step})#end$s"
        yield f"#set($s='é')#foreach($i in [1..1000])#set($s={step})#end$s.length()"
    for step in (
        "$s.repeat(2)",
        "$util.urlEncode($s)",
        "$util.base64Encode($s)",
        "$util.escapeJavaScript($s)",
    ):
        yield f'#set($s="%\'é")#foreach($i in [1..1000])#set($s={step})#end$s'
    for step in ("$n * $n", "$n + $n", "$n * $n * $n", "$n / 0.0000001", "$n * 1.5", "0 - $n * $n"):
        yield f"#set($n=99999999999999999999)#foreach($i in [1..1000])#set($n={step})#end$n $n.toString()"
    yield "#set($s='x')$s.repeat(2147483647)"
    yield "#set($s=' ')#set($t=$s.repeat(9999999))#foreach($i in [1..1000])$t.repeat(1)#end"


def loops() -> Iterator[str]:
    for depth in (2, 3, 40, 95):
        opened = "".join(f"#foreach($i{n} in [1..1000])" for n in range(depth))
        yield opened + "#end" * depth
        yield f"{opened}$i0{'#end' * depth}"
    for items in ("[1..2000000000]", "[-2147483648..2147483647]", "[2147483647..-2147483648]"):
        yield f"#foreach($i in {items})$i#end"
        yield f"#set($r={items})$r.size()"
    yield "#foreach($i in [1..1000])#foreach($j in [1..1000])#if($a == $b)#end#end#end"
    yield '#set($s="' + "#foreach($i in [1..1000])" * 3 + "x" + "#end" * 3 + '")$s'


def recursion() -> Iterator[str]:
    yield "#macro(a)#a()#end#a()"
    yield "#macro(a)#b()#b()#end#macro(b)#a()#a()#end#a()"
    yield "#macro(a $x)#a($x)#a($x)#end#a(1)"
    yield "#macro(a $x)#foreach($i in [1..1000])#a($x)#end#end#a(1)"
    yield "#macro(m $x $n)#if($n<18)#set($k=$n+1)#m(\"$x$x$x$x\" $k)#else$x#end#end#m('' 0)"
    yield "#macro(m $x)#m($x.concat($x))#end#m('a')"
    yield "#macro(a)$bodyContent$bodyContent#end#@a()#@a()#@a()x#end#end#end"
    yield "#define($a)$a$a#end$a"
    yield "#define($a)$b$b#end#define($b)$a$a#end$a"
    yield "#define($a)#foreach($i in [1..1000])$a#end#end$a"
    yield '#define($a)x#end#foreach($i in [1..999])#set($a="$a$a")#end$a'
    yield "".join(f"#define($d{n})$d{n + 1}$d{n + 1}#end" for n in range(60)) + "$d0"
    yield "#set($s='#evaluate($s)')#evaluate($s)"
    yield "#set($s='#evaluate($s)#evaluate($s)')#evaluate($s)"
    yield "#set($h='#')#set($s='x')#foreach($i in [1..1000])#set($s=\"${h}evaluate('$s')\")#end#evaluate($s)"
    yield '#foreach($i in [1..1000])#foreach($j in [1..1000])#evaluate("#set($x$i$j = 1)")#end#end'
    yield "#set($h='#')#foreach($i in [1..1000])#evaluate(\"${h}macro(m$i)x${h}end${h}m${i}()\")#end"
    yield "#set($h='$a ')#evaluate($h.repeat(9999))"
    yield "#set($h='$a ')#set($h=$h.repeat(900))#foreach($i in [1..1000])#evaluate(\"$h$i\")#end"


def nesting() -> Iterator[str]:
    for levels in (50, 99, 5000):
        yield "#if($a)" * levels + "x" + "#end" * levels
        yield "#if($a)#else" * levels + "x" + "#end" * levels
        yield "#set($x = " + "(" * levels + "1" + ")" * levels + ")$x"
        yield "#set($x = " + "[" * levels + "]" * levels + ")$x"
        yield "#set($x = " + "{'a':" * levels + "1" + "}" * levels + ")$x"
        yield "#if(" + "!" * levels + "$x)a#end"
        yield "$a" + ".b($a" * levels + ")" * levels
        yield "#define($a)" * levels + "x" + "#end" * levels + "$a"
        yield "#foreach($i in [1..2])" * levels + "#end" * levels
        yield "$a" + ".b" * levels + " $a" + "[0]" * levels + " $a" + ".c()" * levels
        yield "#set($x = 1" + " + 1" * levels + ")#if(true" + " && true" * levels + ")$x#end"
    text = "$a"
    for _ in range(14):
        text = '"' + text.replace('"', '""') + '"'
    yield f"#set($x={text})"
    yield '#set($x="' + "$a" * 2000 + '")' * 1000
    yield "".join(f'#set($x{n}="' + "$a" * 200 + '")' for n in range(2000))


def piles() -> Iterator[str]:
    singles = "#$([{}])\"'\\!.*=,:;-&|\n\r\t \0é"
    pairs = ("${", "#{", "#[[", "#*", "##", "$!", "\\#", "\\$", "#(", "$(", "$a.", "$a[", "$.", "#if", "#end")
    for piece in (*singles, *pairs, "\\\\", "#set(", "#foreach(", "#macro(", "$a.b(", "#if(!", "]]#", "*#"):
        yield piece * (MEGABYTE // 2 // len(piece))
        yield "#set($x = " + piece * (MEGABYTE // 16)
    for piece in ("#", "$", "(", "[", "{", '"', "#[", "$a "):
        yield piece * (MEGABYTE // len(piece))


def numbers() -> Iterator[str]:
    for number in ("9" * 5000, "9" * 400_000, "1e999999999", "1.5e-999999999", "-" + "9" * 30, "1e308"):
        yield f"#set($x={number})$x"
        yield f"#set($x={number})#set($y=$x*$x)#set($y=$y*$y)$y $y.hashCode()#if($y == 1.5)#end"
    yield "#set($n=99999999999)#foreach($i in [1..10])#set($n=$n*$n)#end$n.toString(2) $n.hashCode()"
    yield "#set($n=1)$n.parseInt($input.body) $n.valueOf($input.body)"
    yield "#set($n=2147483647)#set($l=[1,2])$l.get($n) $l[$n] $l.subList(0, $n)"


REGEX = (
    "(a+)+$ (a|aa)+$ (.*)*b ([ab]*a[ab]{900})c? ([ab]*)a([ab]{200})b ((a{1,1000}){1,1000}){1,1000} (?=a)b "
    "(?<=a)b (a)\\\\1 a++b (?:a?){500}a{500} [^x]*x[^y]{300}y a.*b|a \\\\p{Alpha}*b ( [ *"
).split()


def regex() -> Iterator[Hostile]:
    for expression in REGEX:
        for call in ("matches('{}')", "replaceAll('{}', '$0$0').length()", "split('{}').size()"):
            yield Hostile("", f"$input.body.{call.format(expression)}", "letters")
    yield Hostile("", "$input.body.matches($input.body)", "letters")
    yield Hostile("", "$input.body.replaceAll('', 'xxxx')", "letters")
    yield Hostile("", "$input.body.replaceAll('é', 'éé')", "accents")
    yield Hostile("", "$input.body.split('').size()", "beyond")


PATHS = {
    "chains": (
        "$..a..a $..a..a..a..a $..* $..*..*..*..* $..[?(@..a)] $..[?(@.a==@.a)] $[?(@..[?(@..[?(@..a)])])] "
        "$..['a','b'] $..[0,0,0,0,0,0] $[?(@==$)] $[?($==$)] $[?(@.a.a.a=~/(1|2)*/)] $.length() $..a.length()"
    ).split(),
    "rows": (
        "$..n $..s $[?(@.s=~/([01]*)1([01]{200})0/)] $[?(@.n>5&&@.n<9||!(@.n==7))].s $[?(@.n_in_$..n)] "
        "$..n.sum() $[?(@.s_in_['1','2'])] $.concat($..s,$..s,$..s) $[?(@.s=='1')] $[?(@.n=='1')] "
        "$..s.concat($..s)"
    ).split(),
    "chain": ["$..a..a", "$..*", "$" + "..*" * 12, "$" + ".a" * 4000, "$..a.sum()", "$.concat($)", "$..a..*"],
    "digits": ["$", "$..*", "$[*]", "$[?(@==1)]", "$.sum()", "$[::1]", "$[-1:]", "$..[0]", "$[0:].append(1)"],
    "lists": ["$", "$..*", "$[*][*]"],
    "objects": ["$", "$..a"],
    "brackets": ["$", "$..*"],
    "halves": ["$", "$.length()"],
    "number": ["$", "$.a"],
    "small": ["$" + "[*]" * 3000, "$" + "[0,0]" * 1900, "$[?(" + "(" * 4000 + "@", "$.a(" * 2000, "$" * 9999],
}


def paths() -> Iterator[Hostile]:
    for body, found in PATHS.items():
        for number, path in enumerate(found):
            call = "$input.json('{}')" if number % 3 == 2 else "#set($x=$input.path('{}'))$x.size()"
            yield Hostile("", call.format(path.replace("_in_", " in ").replace("'", "''")), body)
    yield Hostile("", "#set($p=$input.path('$'))#set($p.a=$p)$input.path('$..*') $input.json('$..b')")
    yield Hostile("", "#foreach($i in [1..1000])#set($x=$input.path('$..a..a'))#end", "chains")
    yield Hostile("", "#set($l=[])#foreach($i in [1..1000])$l.add($input.path('$..*'))#end", "chain")


TEXTS = (
    "$util.escapeJavaScript($b) $util.urlEncode($b) $util.urlDecode($b) $util.base64Encode($b) "
    "$util.base64Decode($b) $util.parseJson($b) $b.toUpperCase() $b.toLowerCase() $b.hashCode() $b.length() "
    "$b.toCharArray() $b.getBytes() $b.equalsIgnoreCase($c) $b.compareTo($c) $b.substring(1) "
    "$b.lastIndexOf($c) $b.indexOf('ba') $b.trim() $b.replace('a','bb') $b.regionMatches(0,$c,0,9999999)"
).split()


def bodies() -> Iterator[Hostile]:
    for call in TEXTS:
        for body in ("letters", "accents", "beyond") if call in TEXTS[:9] else ("letters", "beyond"):
            yield Hostile("", f'#set($b=$input.body)#set($c="$b ")#set($x={call})$x.class', body)
    for body in BODIES:
        yield Hostile("", "#set($x=$input.path('$'))#foreach($i in $x)$i#end$input.body", body)
    yield Hostile("", "#evaluate($input.body)", "vtl")
    yield Hostile("", "#evaluate($input.body)", "letters")


EACH = "#foreach($i in [1..1000])#foreach($j in [1..1000])"


def hoards() -> Iterator[Hostile]:
    start = "#set($l=[])#set($m={})#set($r=[1..100000])#set($b=$input.body)"
    for step in (
        '$l.add("$i$j$b")',
        '$m.put("$i$j$b", 1)',
        "$l.add($r.clone())",
        "$l.add($r.subList(0, 9999))",
        "$l.add([1..900000])",
        "$l.add($r.toArray())",
        "$l.add($b.toCharArray())",
        "$l.add($b.split('b'))",
        "$l.add($util.parseJson('[[],[],[],{},{},{}]'))",
        "$l.add({'a': [$i], 'b': {}})",
        "$l.add($m.entrySet().toArray())$m.put($l, $l.iterator())",
        "$m.put([], [])",
        "$l.add($l.clone())",
    ):
        yield Hostile("", f"{start}{EACH}#set($z={step})#end#end", "rows")
    yield Hostile("", "".join(f"#set($v{n}=[1..1000000])" for n in range(50)))
    yield Hostile("", "".join(f'#set($v{n}="$input.body{n}")' for n in range(50)), "letters")
    yield Hostile("", f"{EACH}#set($x=[[[1]]])$input.body.concat('a').hashCode()#end#end", "letters")
    yield Hostile("", f"{EACH}$i,$j,$i,$j;$i,$j,$i,$j;#end#end")


def hostile() -> Iterator[Hostile]:
    """All of them, with names that tell the kind."""
    for kind in (dunder, format_, java, include, code, state, aliasing, doubling, loops, recursion, nesting):
        for number, source in enumerate(kind()):
            yield Hostile(f"{kind.__name__.strip('_')}-{number}", source)
    for kind in (piles, numbers):
        for number, source in enumerate(kind()):
            yield Hostile(f"{kind.__name__}-{number}", source)
    for made in (regex, paths, bodies, hoards):
        for number, case in enumerate(made()):
            yield case._replace(name=f"{made.__name__}-{number}")
