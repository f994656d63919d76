"""Files as people of this field have them: what comes out of each, or the sentence."""

import os
import re

import pytest

from eautorec import InputError, read_ratings
from eautorec.reading import How, read


def rows(path, **options):
    return read_ratings(path, **options).to_frame().to_numpy(object).tolist()


THREE = [[1, 10, 4.5], [2, 10, 3], [1, 11, 0.5]]


@pytest.mark.parametrize(
    "text",
    [
        "1,10,4.5\n2,10,3\n1,11,0.5\n",
        "1\t10\t4.5\t881250949\n2\t10\t3\t881250949\n1\t11\t0.5\t881250949\n",
        "1::10::4.5::978300760\n2::10::3::978300760\n1::11::0.5::978300760\n",
        "userId,movieId,rating,timestamp\n1,10,4.5,9\n2,10,3,9\n1,11,0.5,9\n",
        "rating;user;item\n4.5;1;10\n3;2;10\n0.5;1;11\n",
        "user_id:token\titem_id:token\trating:float\n1\t10\t4.5\n2\t10\t3\n1\t11\t0.5\n",
        "\ufeff1,10,4.5\r\n2,10,3\r\n\r\n1,11,0.5\r\n",
        "\ufeffuser,item,rating\r1,10,4.5\r2,10,3\r1,11,0.5",
        "1 10 4.5\n2 10 3\n1 11 0.5\n",
        " 1   10\t4.5\n2   10     3 \n1   11   0.5\n",
        "1|10|4.5\n2|10|3\n1|11|0.5\n",
        "1, 10, 4.5\n2, 10, 3\n1 ,11 ,0.5 \n",
        "1;10;4,5\n2;10;3\n1;11;0,5\n",
        '"1","10","4,5"\n"2","10","3"\n"1","11","0,5"\n',
        "sep=;\nuser;item;rating\n1;10;4,5\n2;10;3,0\n1;11;0,5\n",
        "1,10,4.5,2005-04-02 23:53:47\n2,10,3,2005-04-02 23:53:47\n1,11,.5,2005-04-02 23:53:47\n",
        '"user" "item" "rating"\n"1" 1 10 4.5\n"2" 2 10 3\n"3" 1 11 0.5\n',
        '"","user","item","rating"\n"1",1,10,4.5\n"2",2,10,3\n"3",1,11,0.5\n',
        "\n\n1,10,4.5\n  \n2,10,3\n,,\n1,11,0.5\n,,\n\n",
        "u,i,r\n1,10,4.5\n2,10,3\n1,11,0.5\n",
    ],
    ids="comma tab colons movielens order recbole windows old-mac blanks many-blanks pipe "
    "blank-after-comma decimal-comma quoted-decimal excel date r-table r-csv blank-lines "
    "letters".split(),
)
def test_the_same_ratings(file, text):
    ratings = read_ratings(file(text))
    assert ratings.to_frame().to_numpy().tolist() == THREE
    assert ratings.users.dtype.kind == ratings.items.dtype.kind == "i"
    assert ratings.scale == (0.5, 4.5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Labels are text, unless all of a column are written as integers.
        ("007,0012,5\n7,12,4\n", [["007", "0012", 5], ["7", "12", 4]]),
        ("00123456789,a,5\n123456789,a,4\n", [["00123456789", "a", 5], ["123456789", "a", 4]]),
        ("12E5,1.10,5\n1200000,1.1,4\n", [["12E5", "1.10", 5], ["1200000", "1.1", 4]]),
        ("+7,-3,5\n7,-4,4\n", [["+7", -3, 5], ["7", -4, 4]]),
        ("NA,nan,5\nnull,None,4\n", [["NA", "nan", 5], ["null", "None", 4]]),
        ("1,True,5\n2,False,4\n", [[1, "True", 5], [2, "False", 4]]),
        ("99999999999999999999,1,5\n1,2,4\n", [["99999999999999999999", 1, 5], ["1", 2, 4]]),
        ("1_000,1,5\n1000,1,4\n", [["1_000", 1, 5], ["1000", 1, 4]]),
        ("٣,1,5\n3,1,4\n", [["٣", 1, 5], ["3", 1, 4]]),
        # The separator explains all lines, and quotation marks are respected.
        ('1,"Postino, Il",5\n2,b,4\n', [[1, "Postino, Il", 5], [2, "b", 4]]),
        ('1;"Postino, Il";5\n2;b;4\n', [[1, "Postino, Il", 5], [2, "b", 4]]),
        ("7,Mission::Impossible,5\n8,x,4\n", [[7, "Mission::Impossible", 5], [8, "x", 4]]),
        ("1,The Night Bus,5\n2,A B C,4\n", [[1, "The Night Bus", 5], [2, "A B C", 4]]),
        ("1,a;b;c,5\n2,d;e;f,4\n", [[1, "a;b;c", 5], [2, "d;e;f", 4]]),
        ('1,"5"" disc",5\n2,7" disc,4\n', [[1, '5" disc', 5], [2, '7" disc', 4]]),
        ('1,"a,5\n2,b,4\n', [[1, '"a', 5], [2, "b", 4]]),
        ('"Weird Al" Y\tx\t4\nb\ty\t5\n', [['"Weird Al" Y', "x", 4], ["b", "y", 5]]),
        ('1,"two\nlines",5\n2,b,4\n', [[1, "two\nlines", 5], [2, "b", 4]]),
        ("1,a\u2028b,5\n2,c\x0bd,4\n", [[1, "a\u2028b", 5], [2, "c\x0bd", 4]]),
        # The header is known by name, wherever the columns stand.
        (
            "reviewerID,asin,unixReviewTime,overall\nA,B,1400000000,5\nA,C,1400000001,3\n",
            [["A", "B", 5], ["A", "C", 3]],
        ),
        (
            '"ISBN";"User-ID";"Book-Rating"\n"034545104X";"7";"3"\n"0155061224";"8";"5"\n',
            [[7, "034545104X", 3], [8, "0155061224", 5]],
        ),
        ("i,user,item,rating\n1,7,10,4\n2,8,10,5\n", [[7, 10, 4], [8, 10, 5]]),
        ("user,item,value,rating\n1,10,9,4\n2,10,9,5\n", [[1, 10, 4], [2, 10, 5]]),
        ("user_id,anime_id,rating\n1,10,4\n2,10,5\n", [[1, 10, 4], [2, 10, 5]]),
        ("userID\tartistID\tweight\n1\t10\t400\n2\t10\t5\n", [[1, 10, 400], [2, 10, 5]]),
        ("jokeId,userId,rating\n10,1,4\n10,2,5\n", [[1, 10, 4], [2, 10, 5]]),
        ("user_id,parent_asin,rating\nA,B,5.0\nC,B,3.0\n", [["A", "B", 5], ["C", "B", 3]]),
        ("book_id,user_id,rating\n10,1,4\n10,2,5\n", [[1, 10, 4], [2, 10, 5]]),
        ("business_id,user_id,stars\nx,a,4\ny,a,5\n", [["a", "x", 4], ["a", "y", 5]]),
    ],
)  # fmt: skip
def test_what_stands_in_the_file(file, text, expected):
    assert rows(file(text)) == expected


COLUMNS = "say which they are with columns="


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("\ufeff", "is empty"),
        ("user,item,rating\n", "header and no ratings"),
        ("sep=;\n", "has no ratings below its first line"),
        # Cells
        ("1,1,5\n1,2,good\n", "line 2, column rating: the cell is 'good'"),
        ("1,1,5\n\n1,2,\n", "line 3, column rating: the cell is empty"),
        ("1,1,5\n1,2,nan\n", "line 2, column rating"),
        ("1,1,5\n1,2,inf\n", "line 2, column rating"),
        ("user,item,rating\n1,2,1e999\n", "line 2, column rating: the cell is '1e999'"),
        ("1,1,5\n1,2,1_0\n", "line 2, column rating: the cell is '1_0'"),
        ("1,1,5\n1,2,٣\n", "line 2, column rating"),
        ('1,1,5\n1,2,4.5\n1,3,"4,5"\n', "line 3, column rating: the cell is '4,5'.*decimal=','"),
        ("user,item,rating\n1,1,5\n,2,4\n", "line 3, column user: the cell is empty"),
        ("user,item,rating\n1,1,5\n2, ,4\n", "line 3, column item: the cell is empty"),
        ('user,item,rating\n1,"a\nb",5\n2,b,x\n', "line 4, column rating: the cell is 'x'"),
        ("1,1,5\n2,1,4\n1,1,3\n", "line 3: user 1 rated item 1 already in line 1.*--duplicates"),
        ("anna,1,5\nanna ,1,4\n", "line 2: user anna rated item 1 already in line 1"),
        ("1,1,-5\n1,2,3\n", "line 1, column rating: -5 is negative.*missing="),
        ("1,a,4\n2,a,-1\n2,b,3\n", "line 2, column rating: -1 is negative; leave it out if"),
        ('1,a,"1,000"\n2,a,"2,500"\n', "'1,000' may be a whole number or one with a decimal"),
        # Lines of another length
        ("user,item,rating\n1,10,4\n2,10,4,5\n", "line 3 has 4 cells, but line 2 has 3"),
        ("user,item,rating\n1,10,4\n2,10\n", "line 3 has 2 cells, but line 2 has 3"),
        ("user,item,rating\n1,10,4,\n2,10,3,\n", "line 2 has 4 cells, but line 1 has 3"),
        ('"user" "item" "rating"\n"3" 1 10 4\n"9" 2 10 5\n', "line 2 has 4 cells, but line 1"),
        ("1,10,4\n" * 1 + "2,10,4,881250949\n", "line 2 has 4 cells, but line 1 has 3"),
        ("5,3,4,1,2\n3,4,5,1,1\n", f"5 columns without a header.*{COLUMNS}.*matrix"),
        ("1;2;3\n4,5,6\n", "line 2 has 1 cell, but line 1 has 3"),
        ("1,5\n", "2 columns; a line needs a user, an item and a rating"),
        # What is which?
        ("a,b,c\n1,10,4.5\n", f"no column for the user among 'a', 'b', 'c'; {COLUMNS}"),
        ("user,item,stars_given\n1,1,5\n", f"no column for the rating.*{COLUMNS}"),
        ("i,user,movie_name,rating\n1,7,x,4\n", f"no column for the item.*{COLUMNS}"),
        ("user_id,asin,parent_asin,rating\na,b,c,5\n", "'parent_asin' could each be the item"),
        ("user,item,rating,rating\n1,2,3,4\n", "'rating', 'rating' could each be the rating"),
        ("user,101,102\n1,5,3\n2,4,4\n", f"no column for the item among.*{COLUMNS}"),
        ("1,1,10,5\n2,1,11,4\n", f"the fourth is no time.*{COLUMNS}"),
        ("B00004T2VP,A1RMD,5.0,1356998400\n", f"the first looks like items.*{COLUMNS}"),
        ("1,10,881250949\n2,10,881250950\n", f"the third does not look like ratings.*{COLUMNS}"),
        ("".join(f"{k},1,{k}\n" for k in range(200)), f"does not look like ratings.*{COLUMNS}"),
        ("user,item,rating\n1," + "a" * 2000 + ",5\n", f"item: .* has 2,000 characters.*{COLUMNS}"),
        # Separators
        ("1;10;4,5;0,75\n2;10;3,5;0,25\n", f"4 columns without a header.*{COLUMNS}"),
        ("1 10 4,5 0,75\n2 10 3,5 0,25\n", "'1 10 4' is no label; name the separator"),
        ("1,a;b;3,5\n2,c;d;4,5\n", "';' could both separate the cells; say which.*--separator"),
        ("abc\n", "no separator in 'abc'"),
        ('"1",a,5\n2,"b,4\n', "line 2: unexpected end of data; a cell that begins"),
        ('"1",a,5\n2,"b"c,4\n', "line 2.*a cell that begins with a quotation mark has to end"),
        ('"1"x,"a",5\n', "line 1.*a cell that begins with a quotation mark has to end"),
        # Other files
        ("a" * 2_000_000, "line 1 is longer than 1,048,576 characters"),
        (b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00", "byte 0x89 is not UTF-8"),
        ("1,a,5\n2,b\0,4\n", "not a text file"),
        # Encodings
        ("1,a,5\n2,Misérables,4\n".encode("latin-1"), "line 2: byte 0xE9 is not UTF-8.*encoding="),
        ("1,a,5\n2,“b”,4\n".encode("cp1252"), "line 2: byte 0x93 is not UTF-8; .*--encoding"),
        ("1,a,5\n".encode("utf-16"), "line 1: byte 0xFF.*UTF-16 does; give encoding='utf-16'"),
        (b"1,a,5\n2,caf\xc3", "line 2: byte 0xC3 is not UTF-8"),
    ],
)  # fmt: skip
def test_one_sentence(file, text, message):
    path = file(text)
    with pytest.raises(InputError, match=message) as caught:
        read_ratings(path)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.startswith(str(path))
    assert len(sentence) < 500


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("x,y,z\n10,1,4\n11,2,5\n", {"columns": ("y", "x", "z")}, [[1, 10, 4], [2, 11, 5]]),
        ("x,y,z\n10,1,4\n11,2,5\n", {"columns": (2, 1, 3)}, [[1, 10, 4], [2, 11, 5]]),
        ("x,y,z\n10,1,4\n11,2,5\n", {"columns": ("2", "1", "3")}, [[1, 10, 4], [2, 11, 5]]),
        ("1,2,3\n10,1,4\n11,2,5\n", {"columns": "123"}, [[1, 2, 3], [10, 1, 4], [11, 2, 5]]),
        ("1,1,10,5\n2,1,11,4\n", {"columns": (2, 3, 4)}, [[1, 10, 5], [1, 11, 4]]),
        ("user,item,score,rating\n1,2,3,9\n", {"columns": "user item score".split()}, [[1, 2, 3]]),
        ("User ID,x,Score\n1,2,3\n", {"columns": ("user_id", "x", "score")}, [[1, 2, 3]]),
        ('"user" "item" "rating"\n"3" 1 10 4\n', {"columns": (2, 3, 4)}, None),
        ("1;10;4,5;0,75\n", {"columns": (1, 2, 3)}, [[1, 10, 4.5]]),
        ("1#10#4.5\n", {"separator": "#"}, [[1, 10, 4.5]]),
        ("1<>10<>4.5\n", {"separator": "<>"}, [[1, 10, 4.5]]),
        ("1,a;b;3,5\n", {"separator": "comma"}, [[1, "a;b;3", 5]]),
        ("1,a;b;3,5\n", {"separator": ";"}, [["1,a", "b", 3.5]]),
        ("1 2;10;5\n", {"separator": ";"}, [["1 2", 10, 5]]),
        ('1,a,"1,000"\n', {"decimal": ","}, [[1, "a", 1]]),
        ("1,Misérables,5\n".encode("latin-1"), {"encoding": "latin-1"}, [[1, "Misérables", 5]]),
        ("1,“b”,5\n".encode("cp1252"), {"encoding": "cp1252"}, [[1, "“b”", 5]]),
        ("1,é,5\r\n2,b,4\r\n".encode("utf-16"), {"encoding": "utf-16"}, [[1, "é", 5], [2, "b", 4]]),
        ("\ufeff1,é,5\n", {"encoding": "UTF8"}, [[1, "é", 5]]),
        ("1,1,5\n2,1,4\n1,1,3\n", {"duplicates": "last"}, [[2, 1, 4], [1, 1, 3]]),
        ("1,1,5\n2,1,4\n", {"scale": (0, 10)}, [[1, 1, 5], [2, 1, 4]]),
    ],
)  # fmt: skip
def test_what_can_be_said(file, text, options, expected):
    path = file(text)
    if expected is None:
        with pytest.raises(InputError, match="line 2 has 4 cells"):
            read_ratings(path, **options)
    else:
        assert rows(path, **options) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ("a", "item", "rating")}, "no columns are called 'a' among 'user', 'item'"),
        ({"columns": (1, 2)}, "give three, for user, item and rating"),
        ({"columns": (1, 2, 2)}, "give three, for user, item and rating"),
        ({"columns": (1, 2, 4)}, "numbered from 1 to 3"),
        ({"columns": (0, 1, 2)}, "numbered from 1 to 3"),
        ({"columns": (1, 2, -1)}, "no columns are called '1' among"),
        ({"separator": ""}, "separator is ''"),
        ({"separator": ";"}, "no separator in 'user,item,rating'"),
        ({"decimal": ";"}, "decimal is ';': it must be"),
        ({"encoding": "klingon"}, "encoding is 'klingon': give one that Python knows"),
        ({"encoding": "base64"}, "encoding is 'base64'"),
        ({"encoding": "undefined"}, "encoding is 'undefined'"),
        ({"encoding": "utf-16"}, "is not UTF-16"),
        ({"encoding": "ascii"}, "byte 0xC3 is not ASCII"),
        ({"scale": (1, 3)}, "line 2, column rating: 5 lies outside the scale from 1 to 3"),
        ({"scale": (5, 1)}, "scale is"),
        ({"duplicates": "first"}, "duplicates is 'first'"),
        ({"missing": (5, 4)}, "every line is one that missing= leaves out"),
    ],
)
def test_what_is_said_wrong(file, options, message):
    with pytest.raises(InputError, match=re.escape(message)):
        read_ratings(file("user,item,rating\n1,é,5\n2,é,4\n"), **options)


def test_a_wide_header_makes_no_long_message(file):
    names = ",".join(f"film number {k}" for k in range(5000))
    with pytest.raises(InputError, match=r"5000 in all") as caught:
        read_ratings(file(f"{names}\n{','.join('3' * 5000)}\n"))
    assert len(str(caught.value)) < 700


def test_what_a_file_was_taken_for(file):
    found = read(file("sep=;\nUser-ID;x;ISBN;Book-Rating\n7;;a;4,5\n8;;a;0\n7;;a;3,0\n"),
                 How(missing=(0,), duplicates="last"))  # fmt: skip
    assert found.facts() == {
        "format": "text",
        "encoding": "utf-8",
        "separator": "semicolon",
        "decimal": "comma",
        "header": "yes",
        "user": "column 1, 'User-ID'",
        "item": "column 3, 'ISBN'",
        "rating": "column 4, 'Book-Rating'",
        "lines_not_rated": 1,
        "duplicates": 1,
    }
    assert found.ratings.to_frame().to_numpy(object).tolist() == [[7, "a", 3.0]]


def test_row_names_are_said(file):
    found = read(file('"user" "item" "rating"\n"1" 7 10 4\n"2" 8 10 5\n'))
    assert found.columns["user"] == "column 2, 'user'"
    assert "column 1, which counts the rows" in found.facts()["header"]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"Cannot read .*absent.csv: no such file"):
        read_ratings(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="Cannot read"):
        read_ratings(tmp_path)


def test_what_cannot_be_read_twice(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="cannot be read twice: save it"):
        read_ratings(tmp_path / "pipe")


def test_a_scale_that_starts_at_zero_keeps_its_zeros(file):
    ratings = read_ratings(file("1,1,0\n1,2,10\n2,1,7\n"))
    assert ratings.matrix.nnz == 3
    assert ratings.scale == (0, 10)


def test_the_other_part_of_a_fixed_split(file):
    train = read_ratings(file("1,10,5\n2,11,4\n3,10,1\n", "u1.base"))
    test = read_ratings(file("2,10,3\n", "u1.test"), like=train)
    assert test.matrix.shape == train.matrix.shape and test.scale == train.scale
    assert rows(file("2,10,3\n", "u1.test")) == test.to_frame().to_numpy(object).tolist()
    with pytest.raises(InputError, match="such as 9"):
        read_ratings(file("9,10,3\n", "u2.test"), like=train)
