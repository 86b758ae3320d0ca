# One image for web, worker, beat and migrate. See docs/deployment.md.
FROM python:3.11-slim-bookworm AS packages
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy
COPY requirements/boot.txt requirements/base.txt /requirements/
RUN python -m pip install --no-cache-dir --require-hashes -r /requirements/boot.txt --target /boot
RUN /boot/bin/uv venv /venv \
 && VIRTUAL_ENV=/venv /boot/bin/uv pip sync --no-cache --require-hashes --compile-bytecode /requirements/base.txt

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 lectern \
 && useradd --uid 10001 --gid lectern --no-create-home --home-dir /var/lib/lectern --shell /usr/sbin/nologin lectern \
 && install -d -o lectern -g lectern -m 0700 /var/lib/lectern
COPY --from=packages /venv /venv
WORKDIR /srv/lectern
COPY manage.py ./
COPY portal ./portal
COPY accounts ./accounts
COPY panelapp ./panelapp
COPY ngrl ./ngrl
COPY access_review ./access_review
COPY research_env ./research_env
COPY airlock ./airlock
COPY templates ./templates
COPY static ./static
RUN /venv/bin/python -m compileall -q .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=portal.settings.production \
    LECTERN_HOME=/var/lib/lectern \
    NUMBA_CACHE_DIR=/var/lib/lectern/numba
USER 10001:10001
VOLUME /var/lib/lectern
EXPOSE 8000
# The log has addresses without their query strings, which can hold the pseudonyms that somebody filtered by.
CMD ["gunicorn", "portal.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--access-logfile", "-", "--access-logformat", "%(h)s %(t)s \"%(m)s %(U)s\" %(s)s %(b)s %(L)s"]
