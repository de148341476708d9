# Browsers for the crowd: a Playwright server with its own headless shell.
FROM node:22-bookworm-slim

# A server answers clients of its own version only: this is the one that the suite's Python package
# drives (requirements.lock; a test compares them).
ARG PLAYWRIGHT=1.65.1
ENV PLAYWRIGHT_BROWSERS_PATH=/browsers
RUN npm install --global playwright@${PLAYWRIGHT} \
    && playwright install --with-deps --only-shell chromium \
    && rm -rf /var/lib/apt/lists/*

USER node
EXPOSE 3000
# --unsafe: clients may set the browser's switches, without which a page costs three times the CPU.
CMD ["playwright", "run-server", "--host", "0.0.0.0", "--port", "3000", "--unsafe"]
