"""The configuration: one TOML document in, plain settings out, every problem at once.

    file | variable | ./stillhouse.toml | first start ─► load ─► read ─► check ─► settings

    load       finds the text, fills in ${VAR}, merges what ships, answers Settings or ConfigError
    build      reads every table, checks the whole, makes the values
    read       one table in, or what is wrong with it in the operator's words
    document   the shape of each table, by pydantic; no worker imports it
    check      what no single table can know: names that must exist, prices that contradict
    settings   the values the rest of the house reads; crosses to the workers as JSON
    problem    one thing to mend: where, what, how
    shipped    shipped.toml: the model that ships, and well-known models for a first start

Workers read `settings` and never `load`, so they do not carry pydantic: import from the modules.
"""
