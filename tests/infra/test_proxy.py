"""The proxy of the documentation, run: signed jobs, streams, what it shuts."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.harness import Client, Service, free_port, serving, wait_for

ROOT = Path(__file__).parents[2]
FRAME = """
{user}daemon off; pid {folder}/pid; error_log {folder}/log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {block}
}}
"""


def _block(folder: Path, port: int, service: Service) -> str:
    """Take the page's block, with this machine's ports and a certificate of its own."""
    text = (ROOT / "docs" / "operations.md").read_text()
    found = re.search(r"```nginx\n(.*?)```", text, re.S)
    assert found is not None
    return (
        found[1]
        .replace("127.0.0.1:8765", f"127.0.0.1:{service.port}")
        .replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
        .replace("/etc/ssl/solver", str(folder / "solver"))
    )


def test_the_proxy_of_the_documentation(tmp_path: Path) -> None:
    """A packed job with a key, its events, its end; metrics are not for the world."""
    nginx, openssl = shutil.which("nginx"), shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip("no nginx here")
    folder, port = tmp_path / "nginx", free_port()
    folder.mkdir()
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    words += ["-subj", "/CN=solver", "-keyout", "solver.key", "-out", "solver.pem"]
    subprocess.run([openssl, *words], cwd=folder, check=True, capture_output=True)
    with serving(tmp_path) as service:
        conf = folder / "nginx.conf"
        # Its workers would else be nobody, who may not enter the tests' folders.
        user = "user root; " if os.getuid() == 0 else ""
        block = _block(folder, port, service)
        conf.write_text(FRAME.format(user=user, folder=folder, block=block))
        proxy = subprocess.Popen([nginx, "-p", str(folder), "-c", str(conf)])
        try:
            direct = service.client()
            client = Client(f"https://127.0.0.1:{port}", direct.token, direct.secret)
            client.http = httpx.Client(base_url=client.url, verify=False, timeout=60)

            def answers() -> bool:
                assert proxy.poll() is None, (folder / "log").read_text()
                try:
                    return client.http.get("/healthz").status_code == 200
                except httpx.HTTPError:
                    return False

            wait_for(answers)
            answer = client.submit("steps=4", key="a key", packed=True)
            assert answer.status_code == 202, answer.text
            path = f"/v1/jobs/{answer.json()['job_id']}"
            events = client.call("GET", f"{path}/events").text
            assert "event: state" in events
            assert '"state":"completed"' in events
            text = b"x" * 2**20
            assert (
                client.call("POST", "/v1/convert?format=ctt", text).status_code == 422
            )
            assert client.call("DELETE", path).status_code == 409
            for closed in ("/metrics", "/docs", "/openapi.json"):
                assert client.http.get(closed).status_code == 404
        finally:
            proxy.terminate()
            proxy.wait(30)
