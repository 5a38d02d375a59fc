from django.utils import translation

from yankao.base.local_names import local


def test_names_of_the_city_in_the_readers_language() -> None:
    assert local("路面坑洞") == "路面坑洞"
    with translation.override("en"):
        assert local("路面坑洞") == "Pothole"
        assert local("三民區") == "Sanmin District"
        assert str(local("養工處")).isascii()
        assert local("誰也不知道的名字") == "誰也不知道的名字"
        assert local(None) is None
        assert local(12) == 12
