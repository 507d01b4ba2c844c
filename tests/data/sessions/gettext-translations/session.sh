msgfmt --check --statistics -o /dev/null po/de.po
mkdir -p locale/de/LC_MESSAGES
msgfmt -o locale/de/LC_MESSAGES/shop.mo po/de.po
python3 -c 'import gettext; print(gettext.translation("shop", "locale", ["de"]).gettext("hello"))'
