# The solver service. Built from the project's root: see compose.yaml.
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY sidecar ./sidecar
RUN python -m venv /opt/timetable \
 && /opt/timetable/bin/pip install --no-cache-dir -c constraints.txt '.[dask]'

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home timetable
COPY --from=build /opt/timetable /opt/timetable
ENV PATH=/opt/timetable/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/data/numba \
    TIMETABLE_DATA_DIR=/data \
    TIMETABLE_HOST=0.0.0.0
USER timetable
VOLUME /data
EXPOSE 8765
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=6 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8765/healthz', timeout=4)"]
ENTRYPOINT ["timetable-nep"]
CMD ["serve"]
