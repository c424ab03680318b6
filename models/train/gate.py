"""The gate between the branches: one linear layer on the sound branch's features that tells speech from sounds.

Last of all; it decides per window, so a window of silence or of both is shared out.
"""
import numpy as np
import torch
import torch.nn.functional as F

from common import WINDOW, seed_all
from everyday import Sounds
from material import Material
from towers import AudioTower, SpeechTower


def assemble(paths, speech):
    """The sound tower with a speech branch of either size."""
    tower = AudioTower(speech=None if "large" in speech else SpeechTower())
    tower.speech.load_state_dict(torch.load(paths.work / speech)["tower"])
    tower.sound.load_state_dict(torch.load(paths.work / "sound.pt"))
    return tower.eval()


def train(paths, rounds=10, batch=24, steps=400, seed=9, speech="speech_large.pt"):
    seed_all(seed)
    tower, said, sounds = assemble(paths, speech), Material(paths, seed), Sounds(paths, seed)
    rows, truth = [], []
    with torch.no_grad():
        for k in range(rounds):
            drawn = [said.said(batch, said.words if k % 3 else said.wishes, said.word_taught, WINDOW, people=0.3)[0], said.orders_heard(3)[0], sounds.draw(batch * 2)[0]]
            for mel, what in zip(drawn, (1.0, 1.0, 0.0)):
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    rows.append(tower.sound.pooled(torch.from_numpy(mel)).float())
                truth += [what] * len(mel)
    rows, truth = torch.cat(rows), torch.tensor(truth)
    keep = torch.from_numpy(np.random.default_rng(seed).random(len(rows)) < 0.85)
    opt = torch.optim.AdamW(tower.gate.parameters(), 3e-3, weight_decay=0.5)
    for _ in range(steps):
        loss = F.binary_cross_entropy_with_logits(tower.gate(rows[keep])[:, 0], truth[keep])
        opt.zero_grad(), loss.backward(), opt.step()
    with torch.no_grad():
        right = ((tower.gate(rows[~keep])[:, 0] > 0) == (truth[~keep] > 0.5)).float().mean().item()
    paths.log("gate: %d windows, loss %.4f, right on the rest %.4f" % (len(rows), loss.item(), right))
    torch.save({"tower": tower.state_dict()}, paths.work / "audio.pt")
    return tower
