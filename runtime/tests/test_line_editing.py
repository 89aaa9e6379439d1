"""A line is read from what a program printed as a terminal of ten columns shows it."""

import unittest

from pythonide_runtime.line_editing import Line, mark_escapes, without_modes

RED = "\x1b[31m"
BOLD = "\x1b[1m"
PLAIN = "\x1b[0m"


def marked(colours):
    return f"\x01{PLAIN}{colours}\x02"


# What is printed, the line as a prompt, and the rows above the cursor.
LINES = (
    ("", "", 0),
    ("Name: ", "Name: ", 0),
    ("0123456789", "0123456789", 0),
    ("0123456789a", "0123456789a", 1),
    ("50%\r100%", "100%", 0),
    ("100%\r50%", "50%", 0),
    ("0123456789ab\rc", "0123456789c", 1),
    ("|\b/\b-", "-", 0),
    ("a\tb", "a       b", 0),
    ("a\t\tb", "a        b", 0),
    ("beep\a ", "beep ", 0),
    ("old text\r\x1b[Knew", "new", 0),
    ("\x1b]0;title\x07Name: ", "Name: ", 0),
    (f"{RED}Name: {PLAIN}", f"{marked(RED)}Name: {marked('')}", 0),
    (f"{RED}Name: ", f"{marked(RED)}Name: ", 0),
    (f"a{RED}{BOLD}b", f"a{marked(RED + BOLD)}b", 0),
    (f"{RED}01234{PLAIN}56789a", f"{marked(RED)}01234{marked('')}56789a", 1),
    ("名前: ", "名前: ", 0),
    ("名前名前名", "名前名前名", 0),
    # A wide character that does not fit leaves a column free.
    ("a名前名前名", "a名前名前名", 1),
    ("cafe\u0301: ", "cafe\u0301: ", 0),
)
UNKNOWN = ("\x1b]0;a title without an end", "\x1b[2J\x1b[HName: ", "\x1b[3CName: ", "\x0bName: ", "\x1b7Name: ")


class Lines(unittest.TestCase):
    def test_a_line_is_read_as_it_is_shown(self):
        for printed, prompt, rows in LINES:
            with self.subTest(printed=printed):
                line = Line(10)
                self.assertTrue(line.print(printed))
                self.assertEqual((line.text(), line.rows_above()), (prompt, rows))

    def test_a_moved_cursor_is_not_understood(self):
        for printed in UNKNOWN:
            with self.subTest(printed=printed):
                self.assertFalse(Line(10).print(printed))

    def test_modes_that_move_no_cursor_are_left_out(self):
        paste_on, paste_off = "\x1b[?2004h", "\x1b[?2004l"
        self.assertEqual(without_modes(f"{paste_off}\runfinished{paste_on}"), "unfinished")
        self.assertEqual(without_modes("\x1b[?1049hName: "), "\x1b[?1049hName: ")

    def test_escapes_of_a_prompt_take_no_columns(self):
        self.assertEqual(mark_escapes(f"{RED}? {PLAIN}"), f"\x01{RED}\x02? \x01{PLAIN}\x02")
        self.assertEqual(mark_escapes(f"\x01{RED}\x02? "), f"\x01{RED}\x02? ")


if __name__ == "__main__":
    unittest.main()
