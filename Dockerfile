# The image of web, live updates and worker: the wheel that `make build` left in dist, and what it needs, by hash.
FROM python:3.12-slim
RUN useradd --create-home --uid 10001 gongzhi && mkdir /home/gongzhi/var && chown gongzhi /home/gongzhi/var
COPY requirements.txt dist/gongzhi-*.whl /tmp/parts/
RUN pip install --no-cache-dir --require-hashes -r /tmp/parts/requirements.txt \
 && pip install --no-cache-dir --no-deps /tmp/parts/gongzhi-*.whl && rm -r /tmp/parts
USER gongzhi
WORKDIR /home/gongzhi
ENTRYPOINT ["gongzhi"]
