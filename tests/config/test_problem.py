"""Problems: every one is printed, with where, what and how to mend it."""

from stillhouse.config.problem import ConfigError, Problem, describe

TWO = [Problem("server.port", "a whole number is needed", "write 8080"), Problem("", "not TOML")]


def test_every_problem_is_described() -> None:
    assert (
        "2 problems in s.toml:\n"
        "\n"
        "  server.port\n"
        "      a whole number is needed\n"
        "      fix: write 8080\n"
        "\n"
        "  the document\n"
        "      not TOML"
    ) == describe(TWO, origin="s.toml")


def test_one_problem_is_counted_as_one() -> None:
    assert describe(TWO[:1]).startswith("1 problem in")


def test_the_error_reads_as_its_description() -> None:
    assert describe(TWO, origin="s.toml") == str(ConfigError(TWO, "s.toml"))


def test_a_problem_fits_on_a_line() -> None:
    assert "server.port: a whole number is needed (write 8080)" == str(TWO[0])
