"""Long texts for what is wrong with a file before it is a spec: SG1xx."""

from __future__ import annotations

ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "SG100",
        "too many errors",
        (
            "Reading stops after a hundred errors. So many have few causes: mend the first ones and look "
            "again."
        ),
        "\ninclude: [" + "[], " * 100 + "[]]\n",
        "\ninclude: []\n",
    ),
    (
        "SG101",
        "file cannot be read",
        (
            "A spec and what it includes are regular files that may be read. Directories, pipes and "
            "devices are refused, so that nothing ever waits for input that does not come."
        ),
        "\ninclude:\n  - not_there.yaml\n",
        "\ninclude: []\n",
    ),
    (
        "SG102",
        "not UTF-8",
        (
            "A spec is text in UTF-8. An editor that saved it in another encoding can save it again in "
            "this one."
        ),
        "spec:\n  name: example\n  title: caf\udce9\n",
        "spec:\n  name: example\n  title: café\n",
    ),
    (
        "SG103",
        "control character",
        (
            "Characters that cannot be seen have no place in a spec: what is read must be what is meant. "
            "Besides NUL and its like these are the line separators of Unicode and the marks that turn "
            "the direction of text."
        ),
        "spec:\n  name: example\n  title: a\x07b\n",
        "spec:\n  name: example\n  title: ab\n",
    ),
    (
        "SG104",
        "too large",
        (
            "A file has at most 2 MiB, 200,000 values and 64 levels of nesting; a spec at most 64 files "
            "and 256 revisions; a process at most 1,000 steps and a record as many fields. A real spec is far "
            "from all of these."
        ),
        "\ncode:\n  deep: " + "[" * 64 + "]" * 64 + "\n",
        "\ncode:\n  deep: [[]]\n",
    ),
    (
        "SG105",
        "no mapping of sections",
        (
            "A spec file is a mapping: `spec:`, `variables:`, `actions:` and so on. An empty file or a "
            "list is none."
        ),
        "- spec\n",
        "spec:\n  name: example\n",
    ),
    (
        "SG106",
        "not YAML",
        (
            "The file breaks a rule of YAML itself, most often by its indentation or by `: ` inside of "
            "prose. The entries of one mapping begin in the same column, and prose that contains `: ` "
            "stands in quotes."
        ),
        "spec:\n  name: example\n  title: the RFC: a reply\n",
        'spec:\n  name: example\n  title: "the RFC: a reply"\n',
    ),
    (
        "SG107",
        "indented by a tab",
        "YAML indents with spaces only. Inside of block-scalar prose tabs are text.",
        "spec:\n  name: example\n  title:\n\tan example\n",
        "spec:\n  name: example\n  title:\n    an example\n",
    ),
    (
        "SG108",
        "several documents",
        (
            "A file holds one document. A revision is an entry of `revisions:`; other files come in by "
            "`include:`."
        ),
        "spec:\n  name: example\n---\nspec:\n  name: other\n",
        "spec:\n  name: example\n",
    ),
    (
        "SG109",
        "key stands twice",
        (
            "A key may stand only once in a mapping; other readers of YAML would drop one of the two in "
            "silence."
        ),
        "\nvariables:\n  task: bool = false\n  task: bool = true\n",
        "\nvariables:\n  task: bool = false\n",
    ),
    (
        "SG110",
        "anchor",
        (
            "`&name` marks a YAML value for reuse elsewhere. A spec says it with a definition, a type or "
            "a procedure, which have names that traces and errors can show."
        ),
        "\nvariables:\n  a: &start bool = false\n",
        "\nvariables:\n  a: bool = false\n",
    ),
    (
        "SG111",
        "alias",
        "`*name` repeats a marked YAML value. A spec has no aliases.",
        "\nvariables:\n  a: *start\n",
        "\nvariables:\n  a: bool = false\n",
    ),
    (
        "SG112",
        "tag",
        (
            "A word that begins with `!` is a YAML tag, and the text behind it would be all that is left. "
            "Negation is written `not`."
        ),
        "\nvariables:\n  a: bool = false\ncovers:\n  set_at_last: !a\n",
        "\nvariables:\n  a: bool = false\ncovers:\n  set_at_last: not a\n",
    ),
    (
        "SG113",
        "merge key",
        "`<<:` merges mappings in some readers of YAML. In a spec every entry is written out.",
        "\nconstants:\n  <<: {N: 1}\n",
        "\nconstants:\n  N: 1\n",
    ),
    (
        "SG114",
        "text cut by a comment",
        (
            "YAML ends a text at ` #`, without a word, wherever it stands. One space before a `#` may be "
            "an accident; two make it a comment."
        ),
        "\nconstants:\n  N: 1 # queue depth\n",
        "\nconstants:\n  N: 1  # queue depth\n",
    ),
    (
        "SG115",
        "expression cut inside braces",
        (
            "Inside of { } and [ ] YAML ends a text at every comma and bracket, so an expression with one "
            "of them falls apart. In block form, one key a line, it stays whole."
        ),
        "\nvariables:\n  r: array bool, bool of bool = false\ncovers:\n  both: {expr: r[true, true]}\n",
        "\nvariables:\n  r: array bool, bool of bool = false\ncovers:\n  both:\n    expr: r[true, true]\n",
    ),
    (
        "SG116",
        "key is no text",
        "A key is a word or an expression. YAML would admit lists and mappings, a spec does not.",
        "\nconstants:\n  [a, b]: 1\n",
        "\nconstants:\n  a: 1\n  b: 1\n",
    ),
    (
        "SG117",
        "YAML directive",
        "Lines that begin with `%` change how YAML is read. A spec is read in one way only.",
        "%YAML 1.1\n---\nspec:\n  name: example\n",
        "spec:\n  name: example\n",
    ),
    (
        "SG118",
        "line ends CR LF",
        (
            "The file is read as if its lines ended in LF, but its hash and its diffs are those of "
            "another file. This is a warning."
        ),
        "spec:\r\n  name: example\r\n",
        "spec:\n  name: example\n",
    ),
    (
        "SG119",
        "byte order mark",
        "The mark is skipped; UTF-8 needs none, and other tools trip over it. This is a warning.",
        "\ufeffspec:\n  name: example\n",
        "spec:\n  name: example\n",
    ),
    (
        "SG120",
        "expression in quotes or in a block",
        (
            "Only prose may be quoted or a block scalar. Expressions, types and names need neither, and "
            "positions in them are exact because they stand in the file as they are read."
        ),
        '\nvariables:\n  a: "bool = false"\n',
        "\nvariables:\n  a: bool = false\n",
    ),
    (
        "SG121",
        "brackets around enum values",
        (
            "A value that begins with `[` is a YAML list, and nothing may follow it. The values of an "
            "enum stand side by side behind the word `enum`."
        ),
        "\nvariables:\n  state: [idle, active] = idle\n",
        "\nvariables:\n  state: enum idle active = idle\n",
    ),
    (
        "SG122",
        "include outside of the directory",
        (
            "A spec reads nothing outside of the directory of its main file: not by an absolute path, not "
            "by `..`, and not through a symbolic link."
        ),
        "\ninclude:\n  - ../elsewhere.yaml\n",
        "\ninclude: []\n",
    ),
    (
        "SG123",
        "file included twice",
        (
            "Each file is read once; one that includes itself, or two that include each other, would "
            "never end."
        ),
        "\ninclude:\n  - spec.yaml\n",
        "\ninclude: []\n",
    ),
)
