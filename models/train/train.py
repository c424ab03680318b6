"""The whole pipeline in order: `python train.py all --data DIR --out ../compact`.

Each step writes its result into the work folder and is skipped when the result is there already, so
a run that was stopped goes on where it was. `--licensed-only` leaves out the sets without a licence.
System programs needed for the spoken words: espeak-ng (with its library), flite, festival with
festvox-us-slt-hts, festvox-kallpc16k and festvox-kdlpc16k, pico2wave (libttspico-utils).
"""
import argparse
import time

from common import Paths, UNLICENSED, seed_all

STEPS = ["pictures", "tokenizer", "teacher", "features", "drawn", "joint", "text", "image", "polish", "together", "agree",
         "speech", "sounds", "audio", "export", "broader", "evaluate"]

def calibration(paths, count=240):
    """Train pictures that the export keeps channel means by."""
    import data, numpy as np, torch
    from common import pixels_of

    rows, images = data.load(paths)
    train = np.array([i for i, r in enumerate(rows) if r["split"] == "train" and r["set"] != "drawn"])
    return torch.from_numpy(pixels_of(np.asarray(images[np.sort(np.random.default_rng(0).choice(train, count, replace=False))])))


def towers_of(paths):
    """The three trained towers, loaded from the work folder."""
    import torch
    from joint import Reader
    from towers import AudioTower, ImageHead, ImageTower, MobileNetV2, SpeechTower
    import textual

    text, image, audio = textual.trained(paths, Reader(paths)), ImageTower(MobileNetV2(), ImageHead()), AudioTower(speech=None if (paths.work / "speech_large.pt").exists() else SpeechTower())
    state = torch.load(paths.work / "image_again.pt")
    image.backbone.load_state_dict(state["backbone"]), image.head.load_state_dict(state["head"])
    audio.load_state_dict(torch.load(paths.work / "audio.pt")["tower"])
    return text.eval(), image.eval(), audio.eval()


def vectors_of(paths):
    """The trained text tower as a function of a list of texts."""
    import textual
    import torch
    from joint import Reader

    reader = Reader(paths)
    text = textual.trained(paths, reader).eval()

    def vectors(lines):
        with torch.no_grad():
            return torch.cat([text(*reader(lines[a: a + 256])) for a in range(0, len(lines), 256)]).numpy()
    return vectors


def provenance(paths, minutes):
    sets = ["fashion44k", "electronics", "grocery", "clothing", "emoji", "audio-esc10", "audio-mandarin", "audio-speech", "taxonomy_en_zh", "wordnet_nouns_en_zh",
            "wiktionary_nouns_en_zh", "emoji_names_en_zh", "taobao_titles_zh", "shop_queries_zh"]
    return {"trained_with": "models/train/train.py all" + (" --licensed-only" if paths.licensed_only else ""),
            "data": [s for s in sets if paths.allowed(s)] + ["drawn pictures and sounds of this project", "espeak-ng, flite, festival and pico speech"],
            "data_without_licence": [] if paths.licensed_only else sorted(UNLICENSED),
            "picture_start": "MobileNetV2 1.0 ImageNet weights (google-coral/test_data, Apache-2.0), trained on through all layers",
            "sound_start": "YAMNet weights (tensorflow/tflite-support, Apache-2.0), trained on through all layers",
            "teachers_not_shipped": ["all-MiniLM-L6-v2", "speech_embedding (Google, through openWakeWord)"],
            "image_cpu_minutes": minutes[0], "audio_cpu_minutes": minutes[1], "seeds": "7, 21, 5, 9, 51, 71, 61"}


def run(step, paths, args):
    if step == "pictures":
        import data
        data.prepare(paths)
    elif step == "tokenizer" and not (paths.work / "tokenizer.json").exists():
        import subwords
        subwords.train(paths)
    elif step == "teacher":
        import captions, data, minilm
        minilm.embed(paths, captions.english_texts(paths, data.load(paths)[0]))
    elif step == "features":
        import features
        features.extract(paths)
    elif step == "drawn":
        import drawn
        drawn.pictures(paths)
    elif step == "joint" and not (paths.work / "joint.pt").exists():
        import joint
        joint.train(paths, steps=args.joint_steps)
    elif step == "text" and not (paths.work / "text.pt").exists():
        import textual
        textual.train(paths, steps=args.text_steps)
    elif step == "speech":
        import teachers, voices
        voices.make(paths)
        teachers.teach(paths)
    elif step == "sounds" and not (paths.work / "sound.pt").exists():
        import everyday
        everyday.train(paths, vectors_of(paths), minutes=args.sound_minutes)
    elif step == "image" and not (paths.work / "image.pt").exists():
        import finetune
        finetune.train(paths, minutes=args.image_minutes)
    elif step == "polish" and not (paths.work / "text_last.pt").exists():
        import textual
        textual.train(paths, steps=args.text_steps // 3, lr=6e-4, seed=41, vectors=textual.picture_vectors(paths), start=paths.work / "text.pt", name="text_last.pt")
    elif step == "together" and not (paths.work / "text_again.pt").exists():
        import together
        together.train(paths, minutes=args.together_minutes)
    elif step == "agree" and not (paths.work / "text_agreed.pt").exists():
        import agree
        agree.train(paths)
    elif step == "audio" and not (paths.work / "audio.pt").exists():
        import gate, speech, torch
        name = "speech_large.pt" if torch.cuda.is_available() else "speech.pt"
        if torch.cuda.is_available() and not (paths.work / name).exists():
            import large
            large.prepare(paths, vectors_of(paths))
            large.train(paths, args.large_minutes)
        elif not (paths.work / name).exists():
            speech.train(paths, vectors_of(paths), minutes=args.speech_minutes, start=args.speech_start)
        gate.train(paths, speech=name)
    elif step == "export":
        import export
        export.write_bundle(args.out, *towers_of(paths), paths.work / "tokenizer.json", provenance(paths, (args.image_minutes, args.sound_minutes + args.speech_minutes)), licensed_only=paths.licensed_only, calibration=calibration(paths))
    elif step == "broader" and args.cedict and args.wordnet:
        import broader, export, torch
        broader.gather(paths, args.out, args.cedict, args.wordnet)
        device, size = ("cuda", {}) if torch.cuda.is_available() else ("cpu", broader.PROCESSOR)
        broader.train(paths.work, args.broader_minutes, device, **size)
        broader.train(paths.work, args.broader_minutes / 5, device, start=["text_broader.pt"], name="text_one.pt", **size, **broader.ONE)
        export.write_part(args.out, "text", "1", broader.PROVENANCE, text=broader.trained(paths.work, "text_one.pt"), tokenizer=paths.work / "tokenizer_wide.json")
    elif step == "evaluate":
        import evaluate, hearing
        from export import Bundle
        enc = Bundle(args.out)
        enc.raw = evaluate.Raw(paths)
        evaluate.seeing(paths, enc, evaluate.speaker(paths))
        hearing.evaluate(paths, enc, evaluate.speaker(paths))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("step", choices=["all"] + STEPS)
    p.add_argument("--data"), p.add_argument("--work", default="work"), p.add_argument("--out", default="../compact")
    p.add_argument("--licensed-only", action="store_true")
    p.add_argument("--joint-steps", type=int, default=1100)
    p.add_argument("--text-steps", type=int, default=450)
    p.add_argument("--image-minutes", type=float, default=20, help="CPU minutes of the full fine-tune")
    p.add_argument("--together-minutes", type=float, default=14, help="CPU minutes of text and picture head together, on tuned features")
    p.add_argument("--sound-minutes", type=float, default=7, help="CPU minutes of the sound branch")
    p.add_argument("--speech-minutes", type=float, default=60, help="CPU minutes of the speech branch, the small one of machines without a GPU")
    p.add_argument("--large-minutes", type=float, default=13.5, help="minutes by the clock of the speech branch on a GPU")
    p.add_argument("--speech-start", help="an earlier audio.onnx whose speech branch is gone on from")
    p.add_argument("--cedict", help="the dictionary file of CC-CEDICT; without it, or without --wordnet, the text tower stays as `agree` left it")
    p.add_argument("--wordnet", help="the folder of WordNet 3.0 with data.noun and index.noun")
    p.add_argument("--broader-minutes", type=float, default=8, help="minutes by the clock of the text tower with CC-CEDICT and glosses; about 40 without a GPU")
    args = p.parse_args()
    paths = Paths(args.data, args.work, args.licensed_only)
    seed_all()
    for step in STEPS if args.step == "all" else [args.step]:
        begin = time.time()
        run(step, paths, args)
        paths.log(f"-- {step}: {time.time() - begin:.0f} s")


if __name__ == "__main__":
    main()
