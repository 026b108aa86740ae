"""How English words and names sound: letters to rough phones, and how alike two rows of them are.

A recogniser that does not know a name writes common words of nearly the same sound ("walking" for
Joaquin, "there is no one" for "Ms. Nowak"), so that letters and consonant codes no longer agree.
The phones are rough on purpose: a telephone line and a foreign voice leave little more.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from qa_pipeline.language import name_lists
from qa_pipeline.language.text import word_set

# One character for a phone: T th, S sh, C ch, J j, N ng; vowels i e a o u, @ for a schwa,
# A I W O for the diphthongs of day, my, now, boy. Each rule: what stands before, the letters, what
# follows, the phones; the first that fits is taken.
_RULES = tuple(
    (re.compile(f"(?:{before})$"), letters, re.compile(after), phones)
    for before, letters, after, phones in (
        ("", "augh", "", "o"), ("", "ough", "t", "o"), ("", "ough", "", "o"),
        ("", "eigh", "", "A"), ("", "igh", "", "I"), ("", "tion", "", "S@n"),
        ("", "sion", "", "S@n"), ("", "tious", "", "S@s"), ("", "cious", "", "S@s"),
        ("", "tial", "", "S@l"), ("", "cial", "", "S@l"), ("", "tur", "e", "C@r"),
        ("", "tch", "", "C"), ("", "sch", "", "sk"), ("", "chr", "", "kr"), ("", "ch", "", "C"),
        ("", "sh", "", "S"), ("", "ph", "", "f"), ("", "th", "", "T"), ("", "gh", "[aeiou]", "g"),
        ("", "gh", "", ""), ("", "kn", "", "n"), ("", "wr", "", "r"), ("", "wh", "o", "h"),
        ("", "wh", "", "w"), ("", "ck", "", "k"), ("", "qu", "", "kw"), ("", "q", "", "k"),
        ("", "dge", "", "J"), ("", "dg", "", "J"), ("", "gn", "$", "n"), ("", "gu", "[ei]", "g"),
        ("", "ng", "r", "Ng"), ("", "ng", "$|[^aeiouy]", "N"), ("", "ng", "[ei]", "nJ"),
        ("", "ng", "", "Ng"),
        ("", "nk", "", "Nk"), ("", "mb", "$", "m"), ("", "sc", "[eiy]", "s"),
        ("", "cc", "[eiy]", "ks"), ("", "ci", "[ao]", "S"), ("", "c", "[eiy]", "s"),
        ("", "c", "", "k"), ("", "ge", "$", "J"), ("", "gg", "", "g"), ("", "g", "[eiy]", "J"),
        ("", "g", "", "g"), ("^", "x", "", "z"), ("", "x", "", "ks"), ("", "z", "", "z"),
        ("", "j", "", "J"),
        ("[aeiouywln]", "s", "$", "z"), ("[aeiouy]", "s", "e$|[aiou]", "z"), ("", "s", "", "s"),
        ("", "h", "$|[^aeiouy]", ""), ("", "h", "", "h"), ("^", "y", "[aeiou]", "y"),
        ("", "ies", "$", "iz"), ("", "ied", "$", "Id"), ("", "ie", "", "i"),
        ("", "eau", "", "o"), ("", "eer", "", "ir"), ("", "ear", "$", "ir"), ("", "ear", "", "@r"),
        ("", "ea", "", "i"), ("", "ee", "", "i"), ("", "ei", "", "A"), ("", "ew", "", "u"),
        ("", "ey", "$", "i"), ("", "ey", "", "A"), ("", "eu", "", "u"), ("", "air", "", "er"),
        ("", "ai", "", "A"), ("", "ay", "", "A"), ("", "au", "", "o"), ("", "aw", "", "o"),
        ("", "all", "", "ol"), ("", "alk", "", "ok"), ("", "ar", "", "ar"), ("", "oar", "", "or"),
        ("", "oa", "", "o"), ("", "oor", "", "or"), ("", "ook", "", "uk"), ("", "oo", "", "u"),
        ("", "oi", "", "O"), ("", "oy", "[aeiou]", "oy"), ("", "oy", "", "O"),
        ("", "our", "", "or"), ("", "ou", "", "W"),
        ("", "ow", "[a-z]", "W"), ("", "ow", "", "o"), ("", "or", "", "or"), ("", "ia", "", "ia"),
        ("", "ir", "", "@r"), ("", "er", "", "@r"), ("", "ur", "", "@r"), ("", "ui", "", "u"),
        ("", "ue", "$", "u"), ("", "ue", "", "ue"),
        ("[a-z][bcdfgklmnprstvz]", "es", "$", "z"), ("[^td]", "ed", "$", "d"),
        ("[a-z][^aeiou]", "e", "$", ""), ("", "a", "[bcdfgklmnpstvz]e(?:$|[^a-z])", "A"),
        ("", "i", "[bcdfgklmnpstvz]e(?:$|[^a-z])", "I"), ("", "e", "[bcdfgklmnpstvz]e$", "i"),
        ("", "i", "nd", "I"),
        ("", "o", "[bcdfgklmnpstvz]e(?:$|[^a-z])", "o"), ("", "u", "[bcdfgklmnpstvz]e$", "u"),
        ("^[a-z]", "y", "$", "I"), ("^[a-z][a-z]", "y", "$", "I"), ("", "y", "$", "i"),
        ("", "y", "[aeiou]", "y"), ("", "a", "$", "@"),
        ("", "a", "", "a"), ("", "e", "", "e"), ("", "i", "", "i"), ("", "o", "", "o"),
        ("", "u", "", "@"), ("", "y", "", "i"), ("", "w", "$|[^aeiouyh]", ""),
        ("", "w", "", "w"), *(("", c, "", c) for c in "bdfklmnprtv"),
    )
)  # fmt: skip
# Letters that Spanish and Portuguese names read otherwise.
_ROMANCE = tuple(
    (re.compile(pattern), phones)
    for pattern, phones in (
        (r"ll", "y"), (r"nn|ñ", "ny"), (r"j|x", "h"), (r"qu", "k"), (r"gu(?=[eiéí])", "g"),
        (r"g(?=[eiéí])", "h"), (r"z|c(?=[eiéí])", "s"), (r"c", "k"), (r"h", ""),
        (r"gua", "gwa"), (r"ua|oa", "wa"), (r"ue", "we"), (r"i(?=[eaou])", "y"), (r"rr", "r"),
    )
)  # fmt: skip
_ROMANCE_END = re.compile(r"(?:[aeo]|ez|os|es|in|el|an|ar|on)$")
_PINYIN_INITIALS = (
    ("zh", "J"), ("ch", "C"), ("sh", "S"), ("q", "C"), ("x", "S"), ("j", "J"), ("z", "z"),
    ("c", "s"), ("r", "r"),
)  # fmt: skip
_PINYIN_FINALS = (
    ("iang", "yaN"), ("iong", "yoN"), ("uang", "waN"), ("ian", "yen"), ("iao", "yW"),
    ("uan", "wan"), ("ang", "aN"), ("eng", "aN"), ("ing", "iN"), ("ong", "oN"), ("iu", "yo"),
    ("ui", "wA"), ("ue", "we"), ("ei", "A"), ("ai", "I"), ("ao", "W"), ("ou", "o"), ("uo", "o"),
    ("ie", "ye"), ("ia", "ya"), ("ua", "wa"), ("un", "un"), ("en", "en"), ("an", "an"),
    ("in", "in"), ("e", "@"),
)  # fmt: skip
_ACCENTS = str.maketrans("áàâãäåéèêëíìîïóòôõöøúùûüçýš", "aaaaaaeeeeiiiioooooouuuucys")

_VOWELS = frozenset("ieao@uAIWO")
_DROP_VOWEL, _DROP_WEAK, _DROP = 0.4, 0.35, 0.75  # weak: h, y, w, r
_WEAK = frozenset("hywr")
_NEAR = {
    frozenset(pair): cost
    for pairs, cost in (
        ("pb td kg fv sz CJ SJ CS nN", 0.25),
        ("Tf Ts Tt Td sS zS zJ sC ts tC dJ vb vw bw mn mN pf kp lr wr lw nl dn pt hf zT yJ", 0.5),
        ("hk gd fs hS yl gn kt bd vT ym rn mb", 0.7),
    )
    for pair in pairs.split()
}  # fmt: skip
_NEAR_VOWELS = frozenset(
    map(frozenset, word_set("i@ e@ a@ o@ u@ ie ae ao eA iA ou aI aW oW uW oO IO"))
)
_NEAR_VOWEL = 0.15
_OTHER_VOWEL = 0.3


@cache
def _irregular() -> dict[str, str]:
    """The phones of words that are not said as they are written."""
    rows = [line.split() for line in name_lists.lines("en_phones")]
    return {row[0]: row[1] for row in rows}


@lru_cache(maxsize=16384)
def phones(word: str) -> str:
    """A lower-case English word as rough phones, one character each.

    Example:
        >>> phones("walking"), phones("there"), phones("night")
        ('wokiN', 'Ter', 'nIt')
    """
    return _irregular().get(word) or _by_rule(word)


def _by_rule(word: str) -> str:
    plain = re.sub(r"[^a-z]", "", word.translate(_ACCENTS))
    found: list[str] = []
    at = 0
    while at < len(plain):
        for before, letters, after, said in _RULES:
            if not plain.startswith(letters, at) or not after.match(plain, at + len(letters)):
                continue
            if before.search(plain[:at]):
                found.append(said)
                at += len(letters)
                break
        else:
            at += 1
    return re.sub(r"([^ieao@uAIWO])\1+", r"\1", "".join(found))


@lru_cache(maxsize=1024)
def sayings(name: str) -> tuple[str, ...]:
    """The ways in which a name may be said: read as English, as Spanish, as pinyin.

    Example:
        >>> sayings("joaquin"), sayings("zhou")
        (('wakin',), ('zhW', 'Jo'))
    """
    words = [re.sub(r"['’.-]", "", word) for word in name.lower().split()]
    if not words:
        return ()
    ways = ["".join(phones(w) for w in words)]
    if any(w in _irregular() for w in words):
        return tuple(ways)
    if all(name_lists.is_pinyin(w) for w in words):
        ways.append("".join(_pinyin(s) for w in words for s in name_lists.split_pinyin(w)))
    elif any(_ROMANCE_END.search(w.translate(_ACCENTS)) for w in words):
        ways.append("".join(_romance(w) for w in words))
    return tuple(dict.fromkeys(ways))


def _romance(word: str) -> str:
    said = word
    for pattern, phones_ in _ROMANCE:
        said = pattern.sub(phones_, said)
    return re.sub(r"(.)\1+", r"\1", said.translate(_ACCENTS).replace("v", "b"))


def _pinyin(syllable: str) -> str:
    head, rest = "", syllable
    for initial, said in _PINYIN_INITIALS:
        if syllable.startswith(initial):
            head, rest = said, syllable[len(initial) :]
            break
    else:
        if rest[:1] not in "aeiou":
            head, rest = rest[:1], rest[1:]
    for final, said in _PINYIN_FINALS:
        if rest == final:
            return head + said
    return head + rest


def _drop(phone: str) -> float:
    if phone in _VOWELS:
        return _DROP_VOWEL
    return _DROP_WEAK if phone in _WEAK else _DROP


@lru_cache(maxsize=4096)
def _drops(phones_: str) -> tuple[float, ...]:
    return tuple(map(_drop, phones_))


@lru_cache(maxsize=4096)
def _swap(a: str, b: str) -> float:
    if a == b:
        return 0.0
    if a in _VOWELS and b in _VOWELS:
        return _NEAR_VOWEL if frozenset((a, b)) in _NEAR_VOWELS else _OTHER_VOWEL
    if (a in _VOWELS) != (b in _VOWELS):
        return 1.0
    return _NEAR.get(frozenset((a, b)), 0.9)


@lru_cache(maxsize=32768)
def _swaps(phone: str, phones_: str) -> tuple[float, ...]:
    return tuple(_swap(phone, other) for other in phones_)


def may_be_alike(a: str, b: str) -> bool:
    """Whether two rows of phones are near enough in length to be worth comparing."""
    return 3 * min(len(a), len(b)) >= max(len(a), len(b))


@lru_cache(maxsize=262144)
def sound_likeness(a: str, b: str) -> float:
    """How alike two rows of phones are, 0 to 1: one minus the cost of turning one into the other.

    The cost is measured against what dropping the longer row would cost.

    Example:
        >>> sound_likeness(sayings("joaquin")[0], phones("walking")) > 0.8
        True
        >>> sound_likeness(phones("mary"), phones("booking")) < 0.5
        True
    """
    if not a or not b:
        return 0.0
    costs_a, costs_b = _drops(a), _drops(b)
    whole = max(sum(costs_a), sum(costs_b))
    row = [0.0]
    for cost in costs_b:
        row.append(row[-1] + cost)
    for first, gone in zip(a, costs_a, strict=True):
        aslant = row[0]
        least = aslant + gone
        before, row = row, [least]
        for above, cost, swap in zip(before[1:], costs_b, _swaps(first, b), strict=True):
            # Without `min`, which would take half of the time of a whole search.
            least += cost
            if (other := aslant + swap) < least:
                least = other
            if (other := above + gone) < least:
                least = other
            row.append(least)
            aslant = above
    return round(max(0.0, 1.0 - row[-1] / whole), 3)
