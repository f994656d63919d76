"""A handout to print: E by hand for five users, with blanks, and a page of solutions."""

from importlib.resources import files

from jinja2 import Template

from eautorec_book import blackboard


def page() -> str:
    """The handout as HTML, every number from the library."""
    template = Template(files("eautorec_book").joinpath("assets/handout.html").read_text("utf-8"))
    answers = blackboard.answers()
    ratings = blackboard.rating_table()
    return template.render(
        ratings=as_html(ratings),
        cosines=as_html(answers["table"]),
        empty=as_html(ratings.map(lambda stars: "")),
        scores=as_html(answers["scores"]),
        above=as_html(answers["above"]),
        answers=answers,
        n_neighbors=blackboard.N_NEIGHBORS,
        theta=blackboard.THETA,
    )


def as_html(frame) -> str:
    """A small table whose first column names the rows."""
    named = frame.rename_axis(None).rename_axis(columns="user")
    return named.to_html(border=0).replace(' class="dataframe"', "")
