# The solver service. Built from the project's root: see compose.yaml.
# By version; to pin by content, build with --build-arg PYTHON=3.12.11-slim-bookworm@sha256:…
# (`docker buildx imagetools inspect python:3.12.11-slim-bookworm` prints it).
ARG PYTHON=3.12.11-slim-bookworm
FROM python:${PYTHON} AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY docker/requirements.lock ./docker/
COPY sidecar ./sidecar
# Every package by the hash of its file; ours then needs nothing more.
RUN python -m venv /opt/timetable \
 && /opt/timetable/bin/pip install --no-cache-dir --require-hashes -r docker/requirements.lock \
 && /opt/timetable/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:${PYTHON}
RUN useradd --system --uid 10001 --user-group --home-dir /data --create-home timetable
COPY --from=build /opt/timetable /opt/timetable
ENV PATH=/opt/timetable/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/data/code \
    TIMETABLE_DATA_DIR=/data \
    TIMETABLE_HOST=0.0.0.0
# By number, so that a runtime can see that it is not root.
USER 10001:10001
VOLUME /data
EXPOSE 8765
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8765/readyz', timeout=4)"]
ENTRYPOINT ["timetable-nep"]
CMD ["serve"]
