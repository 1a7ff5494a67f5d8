"""Long texts for what is wrong inside of an expression, a type or the key of an effect: SG3xx."""

from __future__ import annotations

_STATE = """
types:
  Tag: 0..1
variables:
  a: bool = false
  n: 0..3 = 0
  rq: array Tag of bool = false
"""

ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "SG301",
        "unexpected character",
        (
            "Expressions consist of names, numbers, words of the language and `= != < <= > >= + - ( ) [ ] "
            ". ,`."
        ),
        _STATE + "covers:\n  done: a and $n = 1\n",
        _STATE + "covers:\n  done: a and n = 1\n",
    ),
    (
        "SG302",
        "something else expected",
        "The expression cannot go on like this; the message says what may stand at the mark.",
        _STATE + "covers:\n  done: a and and n = 1\n",
        _STATE + "covers:\n  done: a and n = 1\n",
    ),
    (
        "SG303",
        "chained comparison",
        "`a < b < c` could mean two things, so it means nothing.",
        _STATE + "covers:\n  done: 0 < n < 3\n",
        _STATE + "covers:\n  done: 0 < n and n < 3\n",
    ),
    (
        "SG304",
        "nested too deep",
        (
            "Parts nest 40 deep at most, an expression is at most 100 levels high and 20,000 characters "
            "long, and an `if` has at most 32 branches. Definitions give parts a name."
        ),
        _STATE + "covers:\n  done: " + "(" * 41 + "a" + ")" * 41 + "\n",
        _STATE + "covers:\n  done: a\n",
    ),
    (
        "SG305",
        "operator of another language",
        (
            "Equality is `=`, the connectives are the words `and or not implies`, and there is neither a "
            "product nor a quotient. Many other signs mean something to YAML and would cut the "
            "expression."
        ),
        _STATE + "covers:\n  done: a && n == 1\n",
        _STATE + "covers:\n  done: a and n = 1\n",
    ),
    (
        "SG306",
        "not a number",
        "Numbers are decimal integers of at most 12 digits, and no name begins with a digit.",
        _STATE + "covers:\n  done: n = 0x1\n",
        _STATE + "covers:\n  done: n = 1\n",
    ),
    (
        "SG307",
        "parentheses needed",
        (
            "`not`, `if` and quantifiers reach as far right as they can, so as an operand they stand in "
            "parentheses."
        ),
        _STATE + "covers:\n  done: 1 = count t in Tag where rq[t]\n",
        _STATE + "covers:\n  done: 1 = (count t in Tag where rq[t])\n",
    ),
    (
        "SG308",
        "and behind where",
        (
            "`exists t in T where p and q` takes the `and` into the `where`. That may be meant, but it "
            "reads as if the condition ended before: parentheses say which. This is a warning."
        ),
        _STATE + "covers:\n  done: exists t in Tag where rq[t] and a\n",
        _STATE + "covers:\n  done: exists t in Tag where (rq[t] and a)\n",
    ),
    (
        "SG309",
        "cannot be assigned",
        (
            "The key of an effect is a variable, a cell of an array, or a field of a record; its new "
            "value stands behind the `:`."
        ),
        _STATE + "actions:\n  go:\n    effect:\n      n + 1: n\n",
        _STATE + "actions:\n  go:\n    guard:\n      room: n < 3\n    effect:\n      n: n + 1\n",
    ),
    (
        "SG310",
        "not a type or constant",
        (
            "A type is written `bool`, `0..3`, `enum a b`, `array Tag of T`, `set of T`, `sequence 3 of "
            "T`, `T or null` or is a name. Only where variables, fields and constants are declared may `= "
            "value` follow, and a constant needs it."
        ),
        "\nconstants:\n  RINGS: 1..2\n",
        "\nconstants:\n  RINGS: 1..2 = 1\n",
    ),
)
