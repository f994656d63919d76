"""The book: run the chapters, stage them, build the pages.

`python -m eautorec_book` does it all; the library never imports this package. A chapter may import

- anything that `eautorec` itself exports,
- `eautorec_book.style`: the look of the figures and the colours of the two models,
- `eautorec_book.checks`: `check(...)`, for the cell that holds the page to its claims,
- `eautorec_book.tables`: `table(frame)`, words to the left and numbers to the right,
- `eautorec_book.exercises`: what is asked, and `exercises.check(...)` for a reader's answer,

and nothing else from here.
"""
