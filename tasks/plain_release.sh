#!/usr/bin/env bash
# A release of examples/customer-snapshot as a plain script: what people write down and run, one step after the other.
# It has the gates, the builds, the channels and the installers (uv) of `inv release`, which `inv peers.bench release`
# measures beside it, and nothing of what makes that safe to repeat: no plan, no seal, no ledger, no way to go on.
#
# Runs in a clean clone. From the environment: VERSION (such as 1.3.0), PYTHONS (programs, oldest first), INDEX (its
# address), API (GitHub's), REPOSITORY, SITE (where the documentation is read), TWINE_*, GITHUB_TOKEN.
set -euo pipefail
export LC_ALL=C
name=customer-snapshot
module=customer_snapshot
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
remote=$(git remote get-url origin)
author=(-c user.name=someone -c user.email=someone@localhost)
step() { echo "::: $EPOCHREALTIME $*"; }

step version
before=$(git describe --tags --abbrev=0)
sed -i "s/^version = .*/version = \"$VERSION\"/" pyproject.toml
sed -i "s/^__version__ = .*/__version__ = \"$VERSION\"/" "src/$module/__init__.py"
{
  echo "## [$VERSION] - $(date -u +%F)"
  echo
  git log --format='- %s' "$before..HEAD"
  echo
} >"$scratch/notes.md"
sed -i "0,/^## /{/^## /{
r $scratch/notes.md
N
}}" CHANGELOG.md
git "${author[@]}" commit --quiet --all --message "chore(release): v$VERSION"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

step build
rm -rf dist
python -m build --installer uv --outdir dist . >/dev/null
git archive --format=tar --prefix="$name-$VERSION/" HEAD | gzip -9n >"dist/$name-$VERSION-source.tar.gz"
wheel=$PWD/dist/$module-$VERSION-py3-none-any.whl

step test
mkdir "$scratch/tree"
git archive HEAD | tar -x -C "$scratch/tree"
rm -r "$scratch/tree/src" # the wheel is what is tested
for python in $PYTHONS; do
  env=$scratch/$(basename "$python")
  uv venv --quiet --no-project --clear --python "$python" "$env"
  uv pip install --quiet --compile-bytecode --python "$env/bin/python" "$name @ file://$wheel" pytest \
    --group "$PWD/pyproject.toml:test"
  (cd "$scratch/tree" && PATH=$env/bin:$PATH "$env/bin/python" -m pytest -q)
done

step scan
python -m bandit --quiet --recursive src

step documentation
python -m mkdocs --quiet build --strict --site-dir "$scratch/site"
tar -C "$scratch/site" -czf "dist/$name-$VERSION-docs.tar.gz" .

step bill of materials
uv venv --quiet --no-project "$scratch/sbom"
uv pip install --quiet --python "$scratch/sbom/bin/python" "$wheel"
python -m cyclonedx_py environment --output-reproducible --no-validate \
  --output-file "dist/$name-$VERSION.cdx.json" "$scratch/sbom/bin/python"

step tag
git "${author[@]}" tag --annotate --message "v$VERSION" "v$VERSION"
git push --quiet --atomic origin HEAD:main "v$VERSION"

step upload
python -m twine upload --non-interactive --disable-progress-bar --repository-url "$INDEX/legacy/" \
  "$wheel" "dist/$module-$VERSION.tar.gz"

step GitHub release
github() { curl --fail --silent --show-error --header "Authorization: Bearer $GITHUB_TOKEN" "$@"; }
draft=$(github --data "{\"tag_name\": \"v$VERSION\", \"name\": \"v$VERSION\", \"draft\": true}" \
  "$API/repos/$REPOSITORY/releases")
field() { python -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1" <<<"$draft"; }
id=$(field id)
uploads=$(field upload_url)
for file in dist/*; do
  github --header "Content-Type: application/octet-stream" --data-binary "@$file" --output /dev/null \
    "${uploads%%\{*}?name=$(basename "$file")"
done
github --request PATCH --data '{"draft": false, "make_latest": "true"}' --output /dev/null \
  "$API/repos/$REPOSITORY/releases/$id"

step documentation push
git clone --quiet --depth 1 --branch gh-pages "$remote" "$scratch/pages"
(
  cd "$scratch/pages"
  rm -rf latest
  cp -r "$scratch/site" "$VERSION"
  cp -r "$scratch/site" latest
  python - "$VERSION" <<'PYTHON'
import json, pathlib, sys

file = pathlib.Path("versions.json")
rows = [{**row, "aliases": []} for row in json.loads(file.read_text())]
own = {"version": sys.argv[1], "title": sys.argv[1], "aliases": ["latest"]}
file.write_text(json.dumps([own, *rows], indent=2) + "\n")
PYTHON
  git add --all
  git "${author[@]}" commit --quiet --message "docs: $VERSION"
  git push --quiet origin gh-pages
)

step install check
uv venv --quiet --no-project "$scratch/consumer"
uv pip install --quiet --no-cache --default-index "$INDEX/simple/" --python "$scratch/consumer/bin/python" \
  "$name==$VERSION"
"$scratch/consumer/bin/customer-snapshot" self-check
for file in dist/*; do
  curl --fail --silent --show-error --location --output "$scratch/asset" \
    "$API/$REPOSITORY/releases/download/v$VERSION/$(basename "$file")"
  cmp "$scratch/asset" "$file"
done
for page in "$VERSION/" latest/; do
  curl --fail --silent --show-error --output "$scratch/page" "$SITE/$page"
  cmp "$scratch/page" "$scratch/site/index.html"
done
step done
