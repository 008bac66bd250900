"""Models share the sets of fields that they were given; nobody notices."""

from pydantic import TypeAdapter

from sidecar.contract import Event, Student


def test_shared_where_equal():
    students = """[{"id": "a"}, {"id": "b"}, {"id": "c", "programme": "p"}]"""
    read = TypeAdapter(list[Student]).validate_json(students)
    first, second, third = (one.model_fields_set for one in read)
    assert first is second
    assert first == {"id"}
    assert third == {"id", "programme"}


def test_a_copy_has_its_own():
    one, other = Event(id="a"), Event(id="b")
    longer = one.model_copy(update={"duration": 2})
    assert longer.model_fields_set == {"id", "duration"}
    assert one.model_fields_set == other.model_fields_set == {"id"}


def test_only_what_was_given_is_written():
    assert Student(id="a", offerings=[]).model_dump(exclude_unset=True) == {
        "id": "a",
        "offerings": [],
    }
