# Two stages: the first installs with the very script that `make` uses, the second only carries the result.
FROM python:3.12-slim AS build
WORKDIR /opt/zhiban
RUN apt-get update && apt-get install -y --no-install-recommends gcc && rm -rf /var/lib/apt/lists/*
COPY pyproject.toml requirements.lock README.md ./
COPY .ci/install .ci/install
COPY app app
RUN .ci/install
COPY intents intents
COPY knowledge knowledge
COPY docs/examples docs/examples
# Learn from the phrases once, at build time; a container that mounts its own intents learns at its start.
RUN .venv/bin/zhiban ask 你好 > /dev/null

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /opt/zhiban --shell /usr/sbin/nologin zhiban \
    && mkdir /data && chown zhiban /data && chmod 700 /data
WORKDIR /opt/zhiban
COPY --from=build --chown=root:root /opt/zhiban /opt/zhiban
COPY --from=build --chown=zhiban:zhiban /opt/zhiban/data/cache /data/cache
# Nothing here needs a shell, a package manager or an installer at run time: what breaks in finds none.
# The last step that has a shell, since it takes the shell away.
RUN rm -rf /usr/local/lib/python3.12/site-packages/* /usr/local/bin/pip* /opt/zhiban/.venv/bin/pip* /opt/zhiban/.venv/bin/uv* \
    && rm -f /usr/bin/apt* /usr/bin/dpkg* /usr/bin/perl* /usr/bin/bash /usr/bin/dash /usr/bin/sh /bin/bash /bin/dash /bin/sh
USER zhiban
ENV ZHIBAN_DATA_DIR=/data \
    ZHIBAN_DATABASE_URL=sqlite:////data/zhiban.db \
    ZHIBAN_LISTEN__INTERNAL_HOST=0.0.0.0 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=90s \
    CMD ["/opt/zhiban/.venv/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
ENTRYPOINT ["/opt/zhiban/.venv/bin/zhiban"]
CMD ["serve"]
