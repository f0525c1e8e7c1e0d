"""Memories have slots, and slots are used again."""

from __future__ import annotations

from drivers.virtual.storage import MessageStatus, Storage, Stored

OLD = Stored(MessageStatus.READ, b"\x04")
NEW = Stored(MessageStatus.UNREAD, b"\x04")


def storage() -> Storage:
    return Storage({"SM": 3, "ME": 2, "SR": 1}, 0, ("SM", "ME", "SM"))


def test_the_smallest_free_slot_is_taken() -> None:
    memory = storage()["SM"]
    assert [memory.add(NEW) for _ in range(4)] == [0, 1, 2, None]
    assert memory.full
    assert memory.delete(1)
    assert not memory.delete(1)
    assert memory.add(OLD) == 1
    assert [index for index, _ in memory] == [0, 1, 2]


def test_reading_makes_read() -> None:
    memory = storage()["SM"]
    memory.add(NEW)
    assert memory.get(0) == NEW
    assert memory.read(0) == NEW
    assert memory.read(0) == OLD
    assert memory.read(1) is None
    assert memory.has(2)
    assert not memory.has(3)


def test_deleting_by_status() -> None:
    memory = storage()["SM"]
    memory.add(OLD)
    memory.add(NEW)
    assert memory.delete_where({MessageStatus.READ}) == 1
    assert [index for index, _ in memory] == [1]


def test_the_chosen_memories_return_at_power_up_and_keep_their_texts() -> None:
    memories = storage()
    memories.chosen = ["ME", "ME", "ME"]
    memories.receiving.add(NEW)
    memories.reset()
    assert memories.reading.name == "SM"
    assert memories.writing.name == "ME"
    assert len(memories["ME"]) == 1
    memories.fill(OLD)
    assert memories.receiving.full


def test_what_lies_on_a_sim_goes_with_it() -> None:
    one, other = storage(), Storage({"SM": 5, "ME": 5}, 1, ("SM", "SM", "SM"))
    one["SM"].add(OLD)
    one["ME"].add(OLD)
    other["SM"].add(NEW)
    other["SM"].add(NEW)
    one.trade("SM", other)
    assert [message for _, message in one["SM"]] == [NEW, NEW]
    assert [(index, message) for index, message in other["SM"]] == [(1, OLD)]
    assert (len(one["ME"]), len(other["ME"])) == (1, 0)
    one.trade("SR", other)  # which the other one lacks
    assert len(one["SR"]) == 0
