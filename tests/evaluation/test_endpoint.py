"""The endpoint agent against a server on this machine."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from textgym.agent_loading import load_agent
from textgym.errors import AgentUnavailable
from textgym.evaluation import evaluate
from textgym.evaluation.endpoint import EndpointAgent

pytest.importorskip("openai")


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append((self.path, body))
        failing = self.server.failures > 0
        self.server.failures -= failing
        text = body["messages"][-1]["content"][::-1]
        answer = {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            ],
        }
        status, content = 200, answer
        if failing:
            status, content = 503, {"error": {"message": "busy"}}
        elif text == self.server.refused[::-1]:
            status, content = self.server.refused_with, {"error": {"message": "refused"}}
        payload = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.bodies, server.failures, server.refused, server.refused_with = [], 0, "", 400
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_evaluation_over_http(server):
    agent = load_agent(f"http://127.0.0.1:{server.server_port}/v1#mirror")
    result = evaluate(agent, "test/Backwards-v0", episodes=8, seed=0)
    assert result.mean_return == 1.0
    paths, bodies = zip(*server.bodies, strict=True)
    assert set(paths) == {"/v1/chat/completions"}
    assert {body["model"] for body in bodies} == {"mirror"}
    assert {body["temperature"] for body in bodies} == {0.0}


def test_the_whole_conversation_is_sent(server):
    agent = load_agent(f"http://127.0.0.1:{server.server_port}/v1#mirror")
    evaluate(agent, "test/Countdown-v0", episodes=1, seed=0)
    roles = [m["role"] for m in server.bodies[-1][1]["messages"]]
    assert roles == ["user", "assistant", "user", "assistant", "user"]


def test_a_busy_server_is_asked_again(server):
    server.failures = 1
    agent = load_agent(f"http://127.0.0.1:{server.server_port}/v1#mirror")
    assert evaluate(agent, "test/Backwards-v0", episodes=1, seed=0).errors == 0
    assert len(server.bodies) == 2


def test_answers_beside_a_refused_one_are_paid_once(server):
    server.refused = "river"
    agent = load_agent(f"http://127.0.0.1:{server.server_port}/v1#mirror")
    result = evaluate(agent, "test/Backwards-v0", episodes=8, seed=0)
    assert [(r.example_id, "refused" in r.error) for r in result.records if r.error] == [("words/2", True)]
    assert result.mean_return == pytest.approx(7 / 8)
    assert len(server.bodies) == 8


def test_a_server_that_refuses_fails_the_episode(server):
    server.failures = 100
    agent = load_agent(f"http://127.0.0.1:{server.server_port}/v1#mirror")
    record = evaluate(agent, "test/Backwards-v0", episodes=1, seed=0).records[0]
    assert record.return_ == 0.0
    assert "busy" in record.error


@pytest.mark.parametrize("on_error", ["score", "raise"])
@pytest.mark.parametrize("status", [401, 404])
def test_a_server_without_that_key_or_model_stops_the_evaluation(server, status, on_error):
    server.refused, server.refused_with = "river", status
    agent = load_agent(f"http://127.0.0.1:{server.server_port}/v1#mirror")
    with pytest.raises(AgentUnavailable, match=r"/v1#mirror cannot be asked: .*refused"):
        evaluate(agent, "test/Backwards-v0", episodes=8, seed=0, on_error=on_error)


def test_a_server_that_goes_away_stops_the_evaluation(server, monkeypatch):
    import openai

    monkeypatch.setattr(openai.OpenAI, "_calculate_retry_timeout", lambda *_: 0.0)
    agent = load_agent(f"http://127.0.0.1:{server.server_port}/v1#mirror")
    server.server_close()
    with pytest.raises(AgentUnavailable, match=r"cannot be asked: .*; check that the server runs"):
        evaluate(agent, "test/Backwards-v0", episodes=1, seed=0)


def test_an_answer_that_comes_too_late_fails_the_episode(server, monkeypatch):
    import openai

    monkeypatch.setattr(openai.OpenAI, "_calculate_retry_timeout", lambda *_: 0.0)
    monkeypatch.setattr(_Handler, "do_POST", lambda self: time.sleep(0.3))
    agent = EndpointAgent(f"http://127.0.0.1:{server.server_port}/v1", "mirror", timeout_s=0.1)
    record = evaluate(agent, "test/Backwards-v0", episodes=1, seed=0).records[0]
    assert record.error == "APITimeoutError: Request timed out."
