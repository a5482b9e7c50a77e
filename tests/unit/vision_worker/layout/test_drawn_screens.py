from support.screen import layouts
from support.screen.drawn import (
    SIZE,
    Drawn,
    console_lines,
    headings,
    lists,
    messages,
    pairs,
    status_bars,
    tables,
    text,
)
from vision_worker.domain.layout.structure import structure_of


def test_a_price_stands_with_the_name_of_its_card_and_the_features_under_it() -> None:
    seen = structure_of(layouts.price_cards(), SIZE)
    assert pairs(seen) == {
        "Basic": ["$9", "per month"],
        "Studio": ["$24", "per month"],
        "Atelier": ["$61"],
    }
    assert headings(seen) == [
        ("Pick a plan", None),
        ("Basic", "Pick a plan"),
        ("Studio", "Pick a plan"),
        ("Atelier", "Pick a plan"),
    ]
    assert ["2 projects", "Mail support", "10 GB storage"] in lists(seen)


def test_a_tile_is_its_label_with_the_large_figure_under_it() -> None:
    assert pairs(structure_of(layouts.dashboard(), SIZE)) == {
        "Riders": ["12,480"],
        "Wait": ["3.4 min"],
        "Revenue": ["€ 48,210"],
        "Rating": ["4.81"],
    }


def test_a_tile_is_its_label_with_the_large_figure_over_it() -> None:
    assert pairs(structure_of(layouts.figures_over_labels(), SIZE)) == {
        "Uptime": ["99.95 %"],
        "Latency": ["142 ms"],
        "Incidents": ["7"],
    }


def test_a_settings_state_stands_between_the_two_lines_of_its_name() -> None:
    assert pairs(structure_of(layouts.settings(), SIZE)) == {
        "Wi-Fi": ["On", "Kestrel is in reach"],
        "Night light": ["Off", "From 21:30"],
    }


def test_a_receipts_amounts_stand_with_what_they_are_for() -> None:
    assert pairs(structure_of(layouts.receipt(), SIZE)) == {
        "2 x Flat white": ["7.80"],
        "1 x Croissant": ["3.60"],
        "Sum": ["11.40"],
    }


def test_a_table_keeps_its_empty_places() -> None:
    seen = structure_of(layouts.table(), SIZE)
    assert tables(seen) == [(layouts.TABLE_HEADER, layouts.TABLE)]
    assert headings(seen) == [("Shipments", None)]


def test_a_slides_red_title_is_no_message_and_its_columns_have_their_names() -> None:
    seen = structure_of(layouts.slide(), SIZE)
    assert headings(seen) == [("Costs in thousand francs", None)]
    assert messages(seen) == []
    assert tables(seen) == [
        (
            ["", "Agreed", "Paid", "Outlook"],
            [["Halls", "910", "450", "960"], ["Desks", "70", "12", "64"]],
        )
    ]


def test_a_wrapped_place_of_a_table_is_one_text() -> None:
    about = "Pump housing with a flange for the cold side, without a seal ring"
    seen = structure_of(layouts.wrapped_table(), SIZE)
    assert tables(seen) == [
        (["Part", "About", "Stock"], [["RX-20", about, "12"], ["RX-47", about, "340"]])
    ]


def test_a_terminal_has_commands_lines_and_tables() -> None:
    seen = structure_of(layouts.terminal(), SIZE)
    assert tables(seen) == [
        (
            ["Filesystem", "Size", "Used", "Avail", "Use%", "Mounted on"],
            [
                ["/dev/nvme0n1p2", "468G", "391G", "54G", "88%", "/"],
                ["tmpfs", "16G", "2.1M", "16G", "1%", "/run"],
                ["/dev/sdb1", "1.8T", "1.1T", "640G", "64%", "/srv/media"],
            ],
        )
    ]
    assert console_lines(seen) == [
        (None, "df -h", "mira@kiln:~$ df -h"),
        (None, "make deploy", "mira@kiln:~$ make deploy"),
        (None, None, "Building image atlas:3.2.0 ... done"),
        (None, None, "error: quota exceeded for staging (limit 8 pods)"),
        (None, None, "mira@kiln:~$"),
    ]


def test_an_editors_lines_have_numbers_and_its_status_bar_is_none_of_them() -> None:
    seen = structure_of(layouts.editor(), SIZE)
    assert console_lines(seen) == [
        (41, None, "import os"),
        (42, None, "42"),
        (43, None, "MAX_RETRIES = 7"),
        (44, None, "def fetch(url, retries=MAX_RETRIES):"),
        (45, None, "return url"),
    ]
    assert status_bars(seen) == [["main", "2 errors", "Ln 47, Col 12", "UTF-8", "Python"]]


def test_a_dialog_over_a_page_is_a_message_with_its_buttons() -> None:
    seen = structure_of(layouts.dialog(), SIZE)
    assert messages(seen) == [
        (
            "error",
            [
                "Payment failed",
                "The bank declined the transfer to Silva. Nothing was charged.",
                "Cancel",
                "Try again",
            ],
        )
    ]
    assert len(pairs(seen)) + sum(len(rows) for _, rows in tables(seen)) == 10


def test_a_notice_beside_a_table_is_a_message_and_no_column_of_it() -> None:
    seen = structure_of(layouts.notice_beside_a_table(), SIZE)
    rows = [list(pump) for pump in layouts.PUMPS]
    assert tables(seen) == [(["No", "Place", "State"], rows)]
    assert messages(seen) == [("error", list(layouts.NOTICE))]


def test_states_on_a_paper_of_their_colour_stay_in_their_rows() -> None:
    late = (253, 226, 226)
    drawn: Drawn = []
    for at, (number, place, _) in enumerate(layouts.PUMPS):
        y = 60 + at * 33
        drawn += [text(number, 30, y, paper=(255, 255, 255))]
        drawn += [text(place, 130, y, paper=(255, 255, 255))]
        drawn += [text("Four days late", 330, y, tone="red", paper=late)] if at % 2 else []
    rows = [
        [n, place, "Four days late" if at % 2 else ""]
        for at, (n, place, _) in enumerate(layouts.PUMPS)
    ]
    seen = structure_of(drawn, SIZE)
    assert (tables(seen), messages(seen)) == ([([], rows)], [])


def test_a_banner_is_a_message_of_the_severity_that_its_colour_says() -> None:
    assert messages(structure_of(layouts.banner(), SIZE)) == [
        ("warning", ["Replication is lagging", "Replica 4 is 312 seconds behind."])
    ]


def test_an_event_stands_in_one_row_with_its_time() -> None:
    seen = structure_of(layouts.events(), SIZE)
    assert tables(seen) == [([], [list(event) for event in layouts.EVENTS])]
    assert headings(seen) == [("Events", None)]


def test_an_entry_of_a_log_stands_with_who_made_it_and_when() -> None:
    seen = structure_of(layouts.change_log(), SIZE)
    assert pairs(seen) == {who: [what] for who, what in layouts.CHANGES}


def test_lines_that_are_all_as_near_to_each_other_are_a_list_and_no_entries() -> None:
    names = ["Elm Street", "Harbour", "Town Hall", "Old Mill"]
    drawn = [text(name, 40, 60 + at * 24) for at, name in enumerate(names)]
    seen = structure_of(drawn, SIZE)
    assert (lists(seen), pairs(seen)) == ([names], {})


def test_an_appointment_has_its_day_and_its_hour() -> None:
    assert tables(structure_of(layouts.calendar(), SIZE)) == [
        (
            ["", "Mon 9", "Tue 10", "Wed 11"],
            [
                ["9:00", "Stand-up", "", ""],
                ["10:00", "", "", "Dentist"],
                ["11:00", "", "Review", ""],
            ],
        )
    ]


def test_a_legends_mark_belongs_to_its_name() -> None:
    assert pairs(structure_of(layouts.legend(), SIZE)) == {
        "■ Solar": ["42 %"],
        "■ Wind": ["31 %"],
        "■ Hydro": ["19 %"],
    }


def test_a_drawn_bar_beside_a_row_is_no_part_of_its_first_text() -> None:
    drawn: Drawn = []
    for at, (when, what) in enumerate(layouts.EVENTS):
        y = 80 + at * 60
        drawn += [text("|", 20, y - 14, 44), text(when, 40, y), text(what, 160, y)]
    assert tables(structure_of(drawn, SIZE)) == [([], [list(event) for event in layouts.EVENTS])]


def test_a_field_has_the_label_that_stands_over_it_not_the_one_beside_it() -> None:
    fields = {label: [value] for label, value in layouts.FIELDS.items()}
    assert pairs(structure_of(layouts.form(), SIZE)) == fields


def test_fields_under_each_other_have_the_smaller_labels_over_them() -> None:
    fields = {"Full name": "Olga Brandsma", "Street": "Kade 18", "Town": "Zutphen"}
    drawn: Drawn = []
    for at, (label, value) in enumerate(fields.items()):
        drawn += [text(label, 40, 60 + at * 58, 14), text(value, 52, 88 + at * 58, 16)]
    assert pairs(structure_of(drawn, SIZE)) == {label: [value] for label, value in fields.items()}


def test_an_error_under_a_field_belongs_to_it_and_to_no_field_beside_it() -> None:
    fields = {label: [value] for row in layouts.CLAIMS for label, value in row}
    fields["Arrival"].append(layouts.CLAIM_ERROR)
    seen = structure_of(layouts.marked_form(), SIZE)
    assert (pairs(seen), tables(seen)) == (fields, [])


def test_a_products_price_and_stock_stand_with_its_name() -> None:
    seen = structure_of(layouts.product_cards(), SIZE)
    assert pairs(seen) == {name: [price, stock] for name, _, price, stock in layouts.GOODS}
    assert headings(seen) == [("Stools", None), *((name, "Stools") for name, *_ in layouts.GOODS)]


def test_two_rows_of_cards_are_cards_of_their_own() -> None:
    drawn = [cell for cell in layouts.product_cards() if cell.text != "Stools"]
    under = [
        cell.model_copy(
            update={
                "text": f"{cell.text}!",
                "box": cell.box.model_copy(update={"y": cell.box.y + 130}),
            }
        )
        for cell in drawn
    ]
    expected = {name: [price, stock] for name, _, price, stock in layouts.GOODS}
    for name, _, price, stock in layouts.GOODS:
        expected[f"{name}!"] = [f"{price}!", f"{stock}!"]
    assert pairs(structure_of([*drawn, *under], SIZE)) == expected


def test_an_article_is_read_apart_from_the_menu_beside_it_and_its_lines_are_one_text() -> None:
    seen = structure_of(layouts.article_beside_a_menu(), SIZE)
    assert lists(seen) == [["Home", "Rooms", "Printers", "Help"]]
    assert headings(seen) == [("Printer prints blank pages", None)]
    assert seen.cells[-1].text == (
        "Since Tuesday the large printer beside the kitchen prints every second page without text, "
        "and a new cartridge did not help."
    )


def test_a_label_and_its_value_in_one_text_are_a_pair_in_any_script() -> None:
    drawn: Drawn = [
        text("Status: active since May", 20, 20),
        text("\u72b6\u6001\uff1a\u6b63\u5e38", 20, 70),
    ]
    assert pairs(structure_of(drawn, SIZE)) == {
        "Status:": ["active since May"],
        "\u72b6\u6001\uff1a": ["\u6b63\u5e38"],
    }


def test_a_screen_without_text_has_no_structure() -> None:
    seen = structure_of([], SIZE)
    assert (seen.cells, seen.blocks, seen.headings) == ((), (), ())
