# The worker, the console and the sandbox in one image, on the image that carries Playwright's Chromium and its libraries.
# The version is playwright's in uv.lock.
ARG PLAYWRIGHT_IMAGE=mcr.microsoft.com/playwright/python:v1.65.2-noble
FROM ${PLAYWRIGHT_IMAGE}

# One face for each script a name can be in; the CJK face is TrueType because CFF ones bloat the PDF.
RUN apt-get update \
 && apt-get install -y --no-install-recommends fonts-liberation fonts-noto-core fonts-noto-color-emoji \
    fonts-droid-fallback fonts-nanum fonts-open-sans \
 && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir --break-system-packages uv==0.13.9

WORKDIR /srv/ats-sync
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project
COPY schemas schemas
COPY streams streams
COPY adapters adapters
COPY render render
COPY app app
RUN uv sync --frozen --no-dev

# Chromium keeps its own sandbox only for an unprivileged user.
USER pwuser
ENV PATH=/srv/ats-sync/.venv/bin:$PATH ATS_SYNC_HTTP_HOST=0.0.0.0 ATS_SYNC_FILES_HOST=0.0.0.0
EXPOSE 8080 8081
ENTRYPOINT ["ats-sync"]
CMD ["worker"]
