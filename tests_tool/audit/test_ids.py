"""Ids of items: slugs, whatever a virtual machine is called; each once; the same in every run."""

import re

from tests_tool.audit.running import Ran

SLUG = re.compile(r"[A-Za-z0-9._/~-]+")


def ids(ran: Ran) -> list[str]:
    return [case.name for case in ran.cases]


def test_ids_are_of_an_alphabet_that_bites_nobody(demo: Ran) -> None:
    assert all(SLUG.fullmatch(name.partition("[")[2].rstrip("]")) for name in ids(demo))


def test_ids_are_unique_although_names_are_not(demo: Ran) -> None:
    names = [
        result.subject.vm.name for result in demo.results if result.subject.vm and result.recommendation == "VM-01"
    ]
    assert len(names) > len(set(names))
    assert len(ids(demo)) == len(set(ids(demo)))


def test_ids_are_the_same_in_every_run_and_process(demo: Ran, parallel: Ran, judged_again: Ran) -> None:
    assert sorted(ids(demo)) == sorted(ids(parallel)) == sorted(ids(judged_again))


def test_a_name_that_does_no_harm_is_its_own_id_and_another_bears_a_piece_of_the_vms(demo: Ran) -> None:
    slugs = {result.subject.vm.slug: result.subject.vm for result in demo.results if result.subject.vm}
    assert slugs["lnx-build-07"].name == "lnx-build-07"
    for slug, vm in slugs.items():
        assert slug == vm.name or slug.endswith((f"~{vm.id[:8]}", f"~{vm.id}"))
