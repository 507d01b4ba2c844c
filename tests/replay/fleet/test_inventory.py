"""Hosts are read from a list, a plain file, and both forms of an Ansible inventory."""

import re

import pytest

from capture.errors import BadInputError
from replay.fleet.inventory import expanded, listed, read, structured

INI = """
# the shop
bastion ansible_host=10.0.0.1 ansible_user=root ansible_port=2222

[web]
web[01:03].shop tag=v2
[db]
db-[a:b] ansible_ssh_private_key_file=~/.ssh/db

[shop:children]
web
db

[shop:vars]
tag=v1
unrelated = "a b"  # of another playbook
"""
TREE = {
    "all": {
        "vars": {"tag": "v0"},
        "children": {"web": {"hosts": {"w[1:2]": {"ansible_user": "deploy"}}, "vars": {"tag": 1, "on": True}}},
        "hosts": {"alone": None},
    }
}


def test_a_list_names_hosts_and_users() -> None:
    found = listed("a, me@b,c[1:2]").targets((), ())
    assert [one.destination for one in found] == ["a", "me@b", "c1", "c2"]


def test_a_port_may_stand_behind_a_name() -> None:
    found = listed("a:2222,w[1:2]:23,me@b").targets((), ())
    assert [(one.destination, one.port) for one in found] == [("a", 2222), ("w1", 23), ("w2", 23), ("me@b", None)]


def test_a_plain_file_gives_parameters() -> None:
    (one, other) = read("a tag='x y'\n\n# no host\nb\n", what="hosts").targets((), ())
    assert (one.name, one.values, other.values) == ("a", {"tag": "x y"}, {})


def test_an_ini_inventory_gives_connections_and_the_nearest_variable() -> None:
    found = {one.name: one for one in read(INI, what="hosts").targets({"tag"}, ())}
    assert (found["bastion"].destination, found["bastion"].port) == ("root@10.0.0.1", 2222)
    assert [found[name].values for name in ("web01.shop", "web03.shop", "db-a")] == [
        {"tag": "v2"},
        {"tag": "v2"},
        {"tag": "v1"},
    ]
    assert found["db-b"].identity == "~/.ssh/db"


def test_a_limit_means_a_group_or_a_pattern() -> None:
    inventory = read(INI, what="hosts")
    assert [one.name for one in inventory.targets((), ["db"])] == ["db-a", "db-b"]
    assert len(inventory.targets((), ["shop", "web*"])) == 5
    with pytest.raises(BadInputError, match="its groups are all, shop, web, db"):
        inventory.targets((), ["nobody"])


def test_a_yaml_inventory_reads_the_same() -> None:
    found = {one.name: one for one in structured(TREE, what="hosts.yml").targets({"tag", "on"}, ())}
    assert found["alone"].values == {"tag": "v0"}
    assert (found["w2"].destination, found["w2"].values) == ("deploy@w2", {"tag": "1", "on": "true"})


@pytest.mark.parametrize("pattern", ["a[3:1]", "a[1:c]"])
def test_a_range_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(BadInputError, match="range"):
        list(expanded(pattern))


@pytest.mark.parametrize("text", ["a b", "a 'x", "[g:vars]\nx"])
def test_a_line_that_is_none_is_told_with_its_number(text: str) -> None:
    with pytest.raises(BadInputError, match=r"hosts:\d: "):
        read(text, what="hosts")


@pytest.mark.parametrize("text", ["web1,web1", "a,web1,web[1:2]"])
def test_a_host_named_twice_in_a_list_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="--hosts: host web1 is named twice; name it once"):
        listed(text)


def test_a_host_named_twice_in_a_plain_file_is_refused() -> None:
    with pytest.raises(BadInputError, match="hosts: host web1 is named twice"):
        read("web1 tag=v1\nweb2\nweb1 tag=v1", what="hosts")


def test_a_host_of_several_groups_is_one() -> None:
    inventory = read("web1 tag=v1 note=a\n[web]\nweb1 tag=v1\n[db]\nweb1 note=b\ndb1", what="hosts")
    assert [(one.name, one.values) for one in inventory.targets({"tag"}, ())] == [("web1", {"tag": "v1"}), ("db1", {})]


@pytest.mark.parametrize("variable", ["tag", "ansible_port"])
def test_a_host_of_which_two_things_are_said_is_refused(variable: str) -> None:
    inventory = read(f"[web]\nweb1 {variable}=1\nweb2\n[db]\nweb1 {variable}=2", what="hosts")
    with pytest.raises(BadInputError, match=rf"web1 .* {variable}=1 \(\[web\]\) and {variable}=2 \(\[db\]\)"):
        inventory.targets({"tag"}, ())
    assert [one.name for one in inventory.targets({"tag"}, ["web2"])] == ["web2"]


def test_no_host_becomes_an_option_of_ssh() -> None:
    with pytest.raises(BadInputError, match="dash"):
        listed("-oProxyCommand=x").targets((), ())


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"ansible_connection": "local"}, "host a is reached by local, not over SSH"),
        ({"tag": "{{ release }}-1"}, "host a: tag is '{{ release }}-1', which only Ansible fills in"),
        ({"ansible_host": "{{ ip }}"}, "host a: its address is '{{ ip }}'"),
    ],
)
def test_what_only_ansible_can_do_is_refused(variables: dict[str, str], words: str) -> None:
    inventory = structured({"all": {"hosts": {"a": variables, "b": {"note": "{{ unread }}"}}}}, what="hosts.yml")
    with pytest.raises(BadInputError, match=re.escape(words)):
        inventory.targets({"tag"}, ())
    assert [one.name for one in inventory.targets({"tag"}, ["b"])] == ["b"]
