"""The three towers: a bag of subwords, a MobileNetV2, and a small CNN over log-mel frames.

The MobileNetV2 layout (normalisation folded, TensorFlow 'SAME' padding) is that of the ImageNet
weights it starts from: google-coral/test_data, tf2_mobilenet_v2_1.0_224_ptq.tflite, Apache-2.0.
"""
import copy
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from common import DIM, LOG_OFFSET, MELS, PAD_ID


def unit(x):
    return x / torch.sqrt((x * x).sum(-1, keepdim=True) + 1e-12)


class Average:
    """Moving average of a module's weights."""

    def __init__(self, module, keep=0.998):
        self.module, self.keep = copy.deepcopy(module).eval(), keep

    @torch.no_grad()
    def __call__(self, module, step):
        keep = min(self.keep, (step + 1) / (step + 10))
        for a, b in zip(self.module.state_dict().values(), module.state_dict().values()):
            a.lerp_(b, 1 - keep) if a.is_floating_point() else a.copy_(b)


# ---- text ----------------------------------------------------------------------------------

class TextTower(nn.Module):
    """Weighted mean of subword vectors, then a small residual network.

    A Chinese piece of several characters is its own vector plus the mean of its characters' vectors and what its
    last character adds by being last (the thing itself, as a rule), so that a word that was never trained still lands
    near words that share characters with it. The sum is baked into one table for export. With `around` each piece
    first looks at the one before it and the one after it.
    """

    def __init__(self, vocabulary, parts=None, characters=1, dim=DIM, hidden=512, around=0):
        super().__init__()
        self.table = nn.Embedding(vocabulary, dim, padding_idx=PAD_ID)
        nn.init.normal_(self.table.weight, std=0.3)
        self.register_buffer("parts", torch.zeros(vocabulary, 4, dtype=torch.long) if parts is None else parts)
        self.chars, self.last = (nn.Embedding(characters, dim, padding_idx=0) for _ in range(2))
        nn.init.zeros_(self.chars.weight), nn.init.zeros_(self.last.weight)
        self.weigh = nn.Embedding(vocabulary, 1)
        nn.init.zeros_(self.weigh.weight)
        self.look = nn.Sequential(nn.Linear(3 * dim, around), nn.ReLU(), nn.Linear(around, dim)) if around else None
        if around:
            nn.init.zeros_(self.look[2].weight), nn.init.zeros_(self.look[2].bias)
        self.up, self.down = nn.Linear(dim, hidden), nn.Linear(hidden, dim)
        self.out = nn.Linear(dim, DIM)
        self.forget = 0.0   # while training: how often a composed piece goes by its characters alone

    def vectors(self, ids):
        some, where = ids.unique(return_inverse=True)
        own, part = self.table(some), self.parts[some]
        if self.training and self.forget:
            own = own * ((torch.rand(some.shape, device=own.device) >= self.forget) | (part[:, 0] == 0)).unsqueeze(-1)
        whole = own + F.embedding_bag(part, self.chars.weight, mode="mean", padding_idx=0)
        end = part.gather(1, ((part > 0).sum(1, keepdim=True) - 1).clamp_min(0)).squeeze(1)
        return F.embedding(where, whole + self.last(end))

    def pool(self, vectors, importance, mask):
        m = mask.to(vectors.dtype).unsqueeze(-1)
        if self.look is not None:
            v = vectors * m
            edge = v[:, :1] * 0
            v = torch.cat([torch.cat([edge, v[:, :-1]], 1), v, torch.cat([v[:, 1:], edge], 1)], 2)
            vectors = vectors + self.look(v.reshape(-1, v.shape[2])).reshape(vectors.shape)
        w = torch.exp(importance.clamp(-6.0, 6.0)) * m
        return (vectors * w).sum(1) / (w.sum(1) + 1e-6)

    def head(self, x):
        x = x + self.down(F.relu(self.up(x)))
        return unit(self.out(x))

    def forward(self, input_ids, attention_mask):
        return self.head(self.pool(self.vectors(input_ids), self.weigh(input_ids), attention_mask))


class PackedText(nn.Module):
    """The same tower for export: each number of the table in 4 bits, with one scale a row, and for the first `fine` pieces, the
    commonest of the first tokenizer, in 4 more what those leave, sixteen times finer (what a scale clips stays clipped)."""

    def __init__(self, tower, fine=9000):
        super().__init__()
        with torch.no_grad():
            table = tower.vectors(torch.arange(tower.table.num_embeddings))
        codes, scale = coarse(table)
        rest = (table / scale - codes)[:fine] * 16
        self.register_buffer("codes", packed(codes))
        self.register_buffer("fine", packed(F.pad(torch.round(rest).clamp(-8, 7), (0, 0, 0, 1))))
        self.register_buffer("rows", torch.cat([scale, tower.weigh.weight.detach()], 1))
        self.register_buffer("last", torch.tensor(fine))
        self.tower = tower

    def forward(self, input_ids, attention_mask):
        row = F.embedding(input_ids, self.rows)
        codes = opened(self.codes[input_ids]) + opened(self.fine[torch.minimum(input_ids, self.last)]) / 16
        return self.tower.head(self.tower.pool(codes * row[..., :1], row[..., 1:], attention_mask))


def coarse(table, clips=10):
    """(codes from -8 to 7, scale [n, 1]): of some scales for each row the one with the least error."""
    most, best = table.abs().amax(1, keepdim=True).clamp_min(1e-8), None
    for scale in (most * (0.5 + 0.5 * (k + 1) / clips) / 7 for k in range(clips)):
        codes = torch.round(table / scale).clamp(-8, 7)
        error = ((codes * scale - table) ** 2).sum(1, keepdim=True)
        better = error < best[2] if best else torch.ones_like(error, dtype=torch.bool)
        best = tuple(torch.where(better, a, b) for a, b in zip((codes, scale, error), best)) if best else (codes, scale, error)
    return best[0], best[1]


def packed(codes):
    """Numbers from -8 to 7 [n, 2 m], two in a byte [n, m]."""
    return ((codes[:, 0::2] + 8) * 16 + codes[:, 1::2] + 8).to(torch.uint8)


def opened(codes):
    """Bytes of `packed` as the numbers in them, by what every runtime can do."""
    both = codes.to(torch.float32)
    high = torch.floor(both / 16)
    return torch.stack([high - 8, both - 16 * high - 8], -1).flatten(-2)


# ---- picture -------------------------------------------------------------------------------

MBV2_LAYOUT = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


class Conv(nn.Module):
    def __init__(self, i, o, k=1, stride=1, groups=1, act=True):
        super().__init__()
        self.conv = nn.Conv2d(i, o, k, stride, 1 if k == 3 and stride == 1 else 0, groups=groups, bias=True)
        self.k, self.stride, self.act = k, stride, act

    def forward(self, x):
        if self.stride == 2:  # 'SAME' with an even side pads (0, 1)
            h, w = int(x.shape[-2]), int(x.shape[-1])
            ph, pw = (1 if h % 2 == 0 else 2), (1 if w % 2 == 0 else 2)
            x = F.pad(x, (pw // 2, pw - pw // 2, ph // 2, ph - ph // 2))
        x = self.conv(x)
        return F.relu6(x) if self.act else x


class Inverted(nn.Module):
    def __init__(self, i, o, widen, stride):
        super().__init__()
        h = i * widen
        layers = [] if widen == 1 else [Conv(i, h)]
        layers += [Conv(h, h, 3, stride, h), Conv(h, o, act=False)]
        self.b, self.res = nn.Sequential(*layers), stride == 1 and i == o

    def forward(self, x):
        return x + self.b(x) if self.res else self.b(x)


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        layers, i = [Conv(3, 32, 3, 2)], 32
        for widen, channels, count, stride in MBV2_LAYOUT:
            for n in range(count):
                layers.append(Inverted(i, channels, widen, stride if n == 0 else 1))
                i = channels
        layers.append(Conv(320, 1280))
        self.f = nn.Sequential(*layers)

    def forward(self, x):
        return self.f(x).mean((2, 3))


def imagenet_backbone(path):
    from safetensors.torch import load_file

    net = MobileNetV2()
    net.load_state_dict({k: v.float() for k, v in load_file(str(path)).items()})
    return net.eval()


class ImageHead(nn.Module):
    """1280 pooled features -> joint space: a linear path plus a small network."""

    def __init__(self, features=1280, hidden=512):
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("gain", torch.ones(features))
        self.straight = nn.Linear(features, DIM)
        self.up, self.down = nn.Linear(features, hidden), nn.Linear(hidden, DIM)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        x = (x - self.mean) * self.gain
        d = self.drop(x)
        return unit(self.straight(d) + self.down(self.drop(F.relu(self.up(d)))))


class ImageTower(nn.Module):
    def __init__(self, backbone, head):
        super().__init__()
        self.backbone, self.head = backbone, head

    def forward(self, pixels):
        return self.head(self.backbone(pixels))


# ---- sound ---------------------------------------------------------------------------------

class Step(nn.Module):
    """3x3 convolution, normalisation, relu; depthwise-separable with a short cut when `light`."""

    def __init__(self, i, o, stride=(1, 1), light=False):
        super().__init__()
        if light:
            self.net = nn.Sequential(nn.Conv2d(i, i, 3, stride, 1, groups=i, bias=False), nn.BatchNorm2d(i), nn.ReLU(),
                                     nn.Conv2d(i, o, 1, bias=False), nn.BatchNorm2d(o))
        else:
            self.net = nn.Sequential(nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o))
        self.res = light and i == o and stride == (1, 1)

    def forward(self, x):
        y = self.net(x)
        return F.relu(x + y if self.res else y)


class Along(nn.Module):
    """A residual convolution over time."""

    def __init__(self, c, k):
        super().__init__()
        self.net = nn.Sequential(nn.Conv1d(c, c, k, padding=k // 2, groups=c, bias=False), nn.BatchNorm1d(c), nn.ReLU(),
                                 nn.Conv1d(c, c, 1, bias=False), nn.BatchNorm1d(c))

    def forward(self, x):
        return F.relu(x + (self.net(x) if x.dim() == 3 else self.flat(x)))

    def flat(self, x):
        """The same on [n, c, 1, t], channels last: a training step of it takes half the time."""
        for m in self.net:
            if isinstance(m, nn.Conv1d):
                x = F.conv2d(x, m.weight.unsqueeze(2), padding=(0, m.padding[0]), groups=m.groups)
            elif isinstance(m, nn.BatchNorm1d):
                x = F.batch_norm(x, m.running_mean, m.running_var, m.weight, m.bias, m.training, m.momentum, m.eps)
            else:
                x = m(x)
        return x


class SpeechTower(nn.Module):
    """log-mel [n, frames, 64] -> joint space; one feature row every 80 ms, attentive pooling."""

    def __init__(self, channels=(24, 48, 96, 160), light=(1, 2, 2), width=256, deep=6, hidden=512, drop=0.0):
        super().__init__()
        self.still, self.width = 0, width      # first steps of the trunk that training leaves as they are
        a, b, c, d = channels
        again = lambda n, many: [Step(n, n, light=True) for _ in range(many)]
        self.trunk = nn.Sequential(Step(1, a, (2, 2)), Step(a, b, (2, 2)), *again(b, light[0]), Step(b, c, (2, 2)), *again(c, light[1]),
                                   Step(c, d, (1, 2), light=True), *again(d, light[2]))
        self.fold = nn.Sequential(nn.Conv1d(d * (MELS // 16), width, 1, bias=False), nn.BatchNorm1d(width), nn.ReLU())
        self.time = nn.Sequential(*[Along(width, 9) for _ in range(deep)])
        self.look = nn.Conv1d(width, 4, 1)
        self.drop = nn.Dropout(drop)
        self.out = nn.Sequential(nn.Linear(width * 4, hidden), nn.ReLU(), nn.Linear(hidden, DIM))

    @classmethod
    def large(cls):
        return cls((32, 64, 128, 208), (1, 2, 3), 416, 8, 640, drop=0.1)

    def frames(self, log_mel):
        x = ((log_mel + 3.0) * 0.4).unsqueeze(1)
        if self.still and torch.is_grad_enabled():
            with torch.no_grad():
                x = self.trunk[:self.still](x)
            x = self.trunk[self.still:](x)
        else:
            x = self.trunk(x)                                            # n, c, t, 4
        x = x.permute(0, 1, 3, 2).flatten(1, 2)                          # n, c*4, t
        return self.fold(x)

    def rows(self, x):
        if torch.is_grad_enabled():
            return self.time(x.unsqueeze(2).contiguous(memory_format=torch.channels_last)).squeeze(2)
        return self.time(x)

    def gathered(self, x):
        w = torch.softmax(self.look(x), 2)                               # n, 4, t
        return self.out(self.drop(torch.matmul(w, x.transpose(1, 2)).flatten(1)))

    def join(self, x):
        return unit(self.gathered(self.rows(x)))

    def forward(self, log_mel):
        return self.join(self.frames(log_mel))


YAMNET_LAYOUT = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]


class SoundTower(nn.Module):
    """YAMNet's MobileNetV1, run over the whole window; mean and greatest in time, one linear layer."""

    def __init__(self):
        super().__init__()
        layers, i = [Conv(1, 32, 3, 2)], 32
        for channels, stride in YAMNET_LAYOUT:
            layers += [Conv(i, i, 3, stride, i), Conv(i, channels)]
            i = channels
        self.trunk = nn.Sequential(*layers)
        self.out = nn.Linear(2 * i, DIM)

    def pooled(self, log_mel):
        x = self.trunk(log_mel.unsqueeze(1)).mean(3)                     # n, 1024, t
        return torch.cat([x.mean(2), x.amax(2)], 1)

    def forward(self, log_mel):
        return unit(self.out(self.pooled(log_mel)))


def stretch(factor):
    """[64, 64]: `log_mel @ stretch(f)` reads the mel axis at f times its places, as of another vocal tract."""
    at = torch.arange(MELS) * factor
    return (1 - (torch.arange(MELS)[:, None] - at).abs()).clamp_min(0) * (at <= MELS - 1)


class AudioTower(nn.Module):
    """Both branches over one log-mel, and the gate that says how much of the window is speech. Speech is heard as it is and
    with the mel axis stretched a little, and the mean of what was heard counts."""

    def __init__(self, views=(0.94,), speech=None):
        super().__init__()
        self.speech, self.sound, self.gate = speech or SpeechTower.large(), SoundTower(), nn.Linear(2048, 1)
        self.views = nn.ParameterList([nn.Parameter(stretch(f), requires_grad=False) for f in views])

    def heard(self, log_mel):
        if not len(self.views):
            return self.speech(log_mel)
        low = math.log(LOG_OFFSET)
        all_views = torch.cat([log_mel] + [(log_mel - low) @ w + low for w in self.views])
        return unit(self.speech(all_views).unflatten(0, (1 + len(self.views), -1)).mean(0))

    def forward(self, log_mel):
        x = self.sound.pooled(log_mel)
        g = torch.sigmoid(self.gate(x))
        return unit(g * self.heard(log_mel) + (1 - g) * unit(self.sound.out(x)))
