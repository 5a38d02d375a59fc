"""Whom one may ask about a petition: who can be reached, once a matter; nothing confidential."""

from datetime import timedelta

import pytest

from tests.cast import NOW
from yankao.departments.service.petitions.models import Petition, Petitioner
from yankao.departments.service.petitions.queries import PetitionsSurveyed

pytestmark = pytest.mark.django_db
OFFER = PetitionsSurveyed()


def closed(hall, **changes):
    case = hall.received(**changes)
    told = {"state": "closed", "answered_at": NOW, "closed_at": NOW}
    Petition.objects.filter(pk=case.pk).update(**told)
    return case


def asked():
    return list(OFFER.closed_between(NOW, NOW + timedelta(days=1)))


def test_closed_with_an_address(hall):
    case = closed(hall)
    assert asked() == [case.pk]
    assert list(OFFER.closed_between(NOW + timedelta(seconds=1), NOW + timedelta(days=1))) == []
    about = OFFER.asked_about([case.pk])[case.pk]
    assert (about.number, about.agency, about.phone) == (case.number, "ROADS", "0912345678")


@pytest.mark.parametrize("change", [{"is_confidential": True}, {"state": "withdrawn"}])
def test_not_asked(hall, change):
    case = closed(hall)
    Petition.objects.filter(pk=case.pk).update(**change)
    assert asked() == []


def test_nobody_who_left_no_way(hall):
    case = closed(hall)
    Petitioner.objects.filter(pk=case.pk).update(phone="", email="")
    assert asked() == []


def test_nothing_is_told_of_a_confidential_petition(hall):
    case = closed(hall)
    Petition.objects.filter(pk=case.pk).update(is_confidential=True)
    assert OFFER.asked_about([case.pk]) == {}


def test_parts_and_joined_are_not_asked_again(hall):
    one, two = closed(hall), closed(hall)
    Petition.objects.filter(pk=two.pk).update(same_as=one)
    assert asked() == [one.pk]
