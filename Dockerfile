# The release toolbox: windlass from the wheel that ships, git, Docker's client and buildx.
#   docker run --rm -v "$PWD:/project" -v /var/run/docker.sock:/var/run/docker.sock IMAGE inv --list
# Everything is fetched by digest: docker/debian.lock and docker/requirements.txt, refreshed by docker/lock. Nothing is
# built under emulation, and no package manager runs in the image.
ARG BASE_IMAGE=python:3.11-slim

FROM --platform=$BUILDPLATFORM ${BASE_IMAGE} AS parts
ARG TARGETOS TARGETARCH
ENV PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

COPY docker/unpack.py docker/debian.lock /tmp/
RUN python3 /tmp/unpack.py /tmp/debian.lock "$TARGETARCH" /opt/debian \
 && rm -rf /opt/debian/usr/share/doc /opt/debian/usr/share/man /opt/debian/usr/share/locale \
           /opt/debian/usr/share/bash-completion /opt/debian/usr/share/lintian /opt/debian/etc /opt/debian/var

COPY dist/*.whl /tmp/dist/
COPY dist/wheels/${TARGETOS}-${TARGETARCH}/ /tmp/wheels/
RUN machine=$(case "$TARGETARCH" in amd64) echo x86_64 ;; arm64) echo aarch64 ;; esac) \
 && python3 -m pip install --quiet --root-user-action=ignore --target /opt/windlass --no-index --find-links /tmp/wheels \
      --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none \
      --platform "manylinux_2_28_$machine" --platform "manylinux_2_17_$machine" --platform "manylinux2014_$machine" \
      --no-compile "$(echo /tmp/dist/windlass-*.whl)[docker]"

FROM ${BASE_IMAGE}
COPY --from=parts /opt/debian /opt/debian
COPY --from=parts /opt/windlass /opt/windlass
COPY docker/git /usr/local/bin/git
RUN ln -s /opt/debian/usr/bin/docker /usr/local/bin/docker \
 && mkdir -p /usr/local/lib/docker \
 && ln -s /opt/debian/usr/libexec/docker/cli-plugins /usr/local/lib/docker/cli-plugins
ENV PATH=/opt/windlass/bin:$PATH PYTHONPATH=/opt/windlass PYTHONDONTWRITEBYTECODE=1
WORKDIR /project
HEALTHCHECK --interval=30s --timeout=20s --retries=3 CMD ["python3", "-c", "import windlass.tasks; windlass.tasks.collection()"]
CMD ["inv", "--help"]

ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="windlass" \
      org.opencontainers.image.description="Releases a Python project on every channel, and takes it back." \
      org.opencontainers.image.source="https://github.com/windlass-release/windlass" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
