# The image of web, live updates and worker: the wheel that `make build` left in dist, and what it needs, by hash.
# REQUIREMENTS=requirements-learn.txt adds what training a county's dispatch needs (about 200 MB).
FROM python:3.12-slim
ARG REQUIREMENTS=requirements.txt
RUN useradd --create-home --uid 10001 gongzhi && mkdir /home/gongzhi/var && chown gongzhi /home/gongzhi/var
COPY ${REQUIREMENTS} dist/gongzhi-*.whl /tmp/parts/
RUN pip install --no-cache-dir --require-hashes -r /tmp/parts/${REQUIREMENTS} \
 && pip install --no-cache-dir --no-deps /tmp/parts/gongzhi-*.whl && rm -r /tmp/parts
USER gongzhi
WORKDIR /home/gongzhi
ENTRYPOINT ["gongzhi"]
