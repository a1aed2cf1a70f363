# The application: web, workers, beat and commands are one image with different commands.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN python -m venv /venv && /venv/bin/pip install -q --require-hashes -r requirements/base.txt
COPY . .
# Only what a build needs: no secret, no database.
RUN STATIC_ROOT=/static /venv/bin/python manage.py collectstatic --noinput \
    && /venv/bin/python manage.py compile_translations \
    && /venv/bin/python -m compileall -q /app

FROM python:3.11-slim-bookworm
# The volumes take over the owner of the folders they are first mounted on.
RUN groupadd --gid 10001 statuspage \
    && useradd --uid 10001 --gid statuspage --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin statuspage \
    && install -d -o statuspage -g statuspage /var/lib/statuspage /srv/published
COPY --from=build /venv /venv
COPY --from=build /static /static
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STATE_DIR=/var/lib/statuspage STATIC_ROOT=/static
WORKDIR /app
USER statuspage
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", "statuspage.wsgi:application"]
