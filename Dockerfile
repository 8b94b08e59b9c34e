# One image for both processes: the command says which (web is the default, `python -m workers` the other).
FROM python:3.12-slim AS build
COPY requirements.txt .
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r requirements.txt

FROM python:3.12-slim
RUN useradd --system --no-create-home --shell /usr/sbin/nologin planhook
COPY --from=build /venv /venv
WORKDIR /app
COPY planhook planhook
COPY service service
COPY workers workers
COPY rules rules
COPY gunicorn.conf.py .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER planhook
EXPOSE 8000
CMD ["gunicorn", "-c", "gunicorn.conf.py", "service.app:create_app()"]
