"""Trains the speech branch of a shipped bundle on, and puts it back: the other branch, text and picture stay as they are.

`python again.py train DATA WORK BUNDLE MINUTES` goes on from the bundle's own weights (or, with `--state FILE`, from an
earlier result in the work folder); `python again.py put DATA WORK BUNDLE VERSION RESULT...` writes the mean of the results into
the bundle, with `--keep SHARE` of the weights that it had. Frames learn the speech teacher's rows only where the work folder has `taught.npz`.
"""
import argparse

import torch

from common import Paths


def train(paths, bundle, minutes, state=None, **how):
    import speech, voices
    from export import Bundle

    voices.make(paths)
    speech.train(paths, Bundle(bundle).text, minutes=minutes, start=None if state else f"{bundle}/audio.onnx", state=state, **how)


def put(bundle, version, results, keep, provenance):
    from export import write_part
    from unpack import audio_tower

    tower, states = audio_tower(f"{bundle}/audio.onnx"), [torch.load(r)["tower"] for r in results]
    for name, own in tower.speech.state_dict().items():
        if own.is_floating_point():
            own.mul_(keep).add_(torch.stack([s[name] for s in states]).mean(0), alpha=1 - keep)
    write_part(bundle, "audio", version, provenance, audio=tower)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("step", choices=["train", "put"])
    p.add_argument("data"), p.add_argument("work"), p.add_argument("bundle"), p.add_argument("what", nargs="+")
    p.add_argument("--state"), p.add_argument("--seed", type=int, default=81), p.add_argument("--name", default="speech_again.pt")
    p.add_argument("--fixed", type=int, default=3, help="first steps of the trunk that stay as they are")
    p.add_argument("--keep", type=float, default=0.0, help="share of the bundle's own speech weights in the mean")
    p.add_argument("--provenance", help="what the manifest is to say anew of how it was made, as JSON")
    a = p.parse_args()
    paths = Paths(a.data, a.work)
    if a.step == "train":
        train(paths, a.bundle, float(a.what[0]), a.state, seed=a.seed, name=a.name, fixed=a.fixed, lr=1e-3)
    else:
        import json
        put(a.bundle, a.what[0], a.what[1:], a.keep, json.loads(a.provenance or "{}"))


if __name__ == "__main__":
    main()
