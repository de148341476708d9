# The suite as a runner of one part of a house: `docker build --file deploy/suite.Dockerfile .`
FROM python:3.11-bookworm

WORKDIR /soundcheck
COPY . .
RUN make setup && .venv/bin/playwright install-deps chromium
ENV PATH=/soundcheck/.venv/bin:$PATH
