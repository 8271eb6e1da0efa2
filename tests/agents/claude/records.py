"""Records of Claude Code's transcript, made for tests."""

import json


def user(uuid, text="hello", **more):
    return {"type": "user", "uuid": uuid, "message": {"role": "user", "content": text}, **more}


def answer(uuid, answer_id, usage, text="yes", stop="end_turn", **more):
    """``usage``: tokens in and out."""
    message = {
        "id": answer_id,
        "role": "assistant",
        "model": "claude-sonnet-4-6",
        "content": [{"type": "text", "text": text}],
        "stop_reason": stop,
        "usage": {"input_tokens": usage[0], "output_tokens": usage[1]},
    }
    return {"type": "assistant", "uuid": uuid, "message": message, **more}


def append(path, *records):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)
