from portal.basics.texts import many_lines, one_line


def test_one_line_is_single_spaced_without_control_characters():
    assert one_line("  a\t\tb\r\n\x00c\x7f ") == "a b c"
    assert one_line("\ud800x") == "x"


def test_joiners_and_marks_of_direction_stay():
    assert one_line("👩‍🎓 \u200fשלום") == "👩‍🎓 \u200fשלום"


def test_many_lines_keeps_paragraphs():
    assert many_lines("\r\none\r\n\r\ntwo\rthree\x00\n") == "one\n\ntwo\nthree"
