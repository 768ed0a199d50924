"""The option of commands that write CSV files which people open in spreadsheets."""

import click

escape_formulas_option = click.option(
    "--escape-formulas",
    is_flag=True,
    help="In CSV, begin text that a spreadsheet would compute (=, +, -, @, ...) with an apostrophe.",
)


def check_writes_csv(escape_formulas: bool, writes_csv: bool) -> None:
    """Raise an error if the option is given for a command that writes no CSV."""
    if escape_formulas and not writes_csv:
        raise click.UsageError("--escape-formulas is for CSV, which is not written here: leave it out.")
