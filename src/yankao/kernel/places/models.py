"""Districts and villages, their boundaries beside them, and which edition of them is in use."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class District(models.Model):
    """A district (行政區), known by its eight-digit code of the Ministry of the Interior.

    ``lat``/``lng`` is a point surely inside (not the centroid, which can lie in a neighbour).
    """

    code = models.CharField(_("代碼"), max_length=16, primary_key=True)
    name = models.CharField(_("名稱"), max_length=20, unique=True)
    name_en = models.CharField(_("英文名稱"), max_length=60)
    lat = models.FloatField(_("緯度"))
    lng = models.FloatField(_("經度"))

    class Meta:
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_places_district_point_in_range",
                condition=Q(lat__range=(-90, 90)) & Q(lng__range=(-180, 180)),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Village(models.Model):
    """A village (里), known by its eleven-digit code. One that ended keeps its row and last day."""

    code = models.CharField(_("代碼"), max_length=16, primary_key=True)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="villages")
    name = models.CharField(_("名稱"), max_length=20)
    in_force_from = models.DateField(_("生效日"), null=True, blank=True)
    in_force_to = models.DateField(_("失效日"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_places_village_name_once_in_district",
                fields=["district", "name"],
                condition=Q(in_force_to__isnull=True),
            ),
            models.CheckConstraint(
                name="kernel_places_village_days_in_order",
                condition=Q(in_force_from__isnull=True)
                | Q(in_force_to__isnull=True)
                | Q(in_force_to__gte=F("in_force_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DistrictBoundary(models.Model):
    """A district as drawn: a GeoJSON geometry in degrees, longitude first.

    Apart from the district, whose name is read with every list: a boundary weighs a hundred names.
    """

    district = models.OneToOneField(
        District, on_delete=models.PROTECT, primary_key=True, related_name="boundary"
    )
    geometry = models.JSONField(_("界線"))

    def __str__(self) -> str:
        return self.district_id


class VillageBoundary(models.Model):
    """A village as drawn, see `DistrictBoundary`."""

    village = models.OneToOneField(
        Village, on_delete=models.PROTECT, primary_key=True, related_name="boundary"
    )
    geometry = models.JSONField(_("界線"))

    def __str__(self) -> str:
        return self.village_id


class Edition(models.Model):
    """Which boundaries are in use: one row. Its checksum tells a process to rebuild its index."""

    checksum = models.CharField(max_length=64)
    districts = models.PositiveIntegerField()
    villages = models.PositiveIntegerField()
    loaded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="kernel_places_edition_one_row", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return self.checksum[:12]
