"""What lies in the lake: a row a partition, never changed."""

from django.db import models

from yankao.kernel.lake.rules import Stock


class Partition(models.Model):
    """One month of one fact, in one state of knowledge.

    ``revision`` 0 is what was closed; every restatement of the month writes the next, which is in
    force (``is_current``) once it is approved. ``columns``
    is column → type of the fact at that time, ``stocks`` the pairs of columns whose rows at the
    month's end are in the file though nothing happened to them in the month.
    """

    fact = models.CharField("事實", max_length=120)
    month = models.DateField("月份的第一天")
    revision = models.PositiveSmallIntegerField("更正次數")
    key = models.CharField("位置", max_length=300)
    sha256 = models.CharField("SHA-256", max_length=64)
    rows = models.PositiveBigIntegerField("列數")
    size = models.PositiveBigIntegerField("位元組")
    columns = models.JSONField("欄位")
    stocks = models.JSONField("期末在庫的欄位", default=list)
    written_at = models.DateTimeField("寫入時間")
    is_current = models.BooleanField("現行", default=True)

    class Meta:
        verbose_name = "資料湖分割"
        constraints = (
            models.UniqueConstraint(
                fields=["fact", "month", "revision"], name="kernel_lake_partition_once"
            ),
            models.UniqueConstraint(
                fields=["fact", "month"],
                condition=models.Q(is_current=True),
                name="kernel_lake_partition_current",
            ),
        )

    def __str__(self) -> str:
        return f"{self.fact} {self.month:%Y-%m} #{self.revision}"

    @property
    def holds(self) -> frozenset[str]:
        """What can be asked of it: its columns, and the marks of its stocks."""
        return frozenset({*self.columns, *(Stock(*pair).flag for pair in self.stocks)})
