"""Speaks every word by the voices that training never hears, for `vitrine eval-encoders --speech`.

`python held_voices.py DIR` writes WAV files and a `manifest.jsonl`: the whole festival synthesiser (HTS
voice), one flite voice, and four variants of espeak-ng.
"""
import json
import sys
from pathlib import Path

import soundfile

from common import RATE
from voices import HELD_VARIANTS, Espeak, festival, flite, vocabulary

if __name__ == "__main__":
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    english, esp, lines = vocabulary("en"), Espeak(), []
    spoken = [(w, "en", "festival-hts", wave) for w, wave in zip(english, festival(english))]
    spoken += [(w, "en", "flite-slt", flite(w, "slt")) for w in english]
    for language, voice in (("en", "en-us"), ("zh", "cmn")):
        spoken += [(w, language, "espeak-held", esp.say(w, voice + v, 155)) for w in vocabulary(language) for v in HELD_VARIANTS[:2]]
    for number, (word, language, voice, wave) in enumerate(spoken):
        if wave is not None and len(wave):
            soundfile.write(out / f"{number}.wav", wave, RATE, subtype="PCM_16")
            lines.append(json.dumps({"file": f"{number}.wav", "word": word, "language": language, "voice": voice}, ensure_ascii=False))
    (out / "manifest.jsonl").write_text("\n".join(lines) + "\n", encoding="utf8")
