"""The whole pipeline in order: `python train.py all --data DIR --out ../compact`.

Each step writes its result into the work folder and is skipped when the result is there already, so
a run that was stopped goes on where it was. `--licensed-only` leaves out the sets without a licence.
System programs needed for the spoken words: espeak-ng (with its library), flite, festival with
festvox-us-slt-hts.
"""
import argparse
import time

from common import Paths, UNLICENSED, seed_all

STEPS = ["pictures", "tokenizer", "teacher", "features", "drawn", "joint", "text", "speech", "sounds", "image", "polish", "together", "agree", "regions", "audio", "export", "evaluate"]

TOWARDS_LAST = 0.7


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
    from towers import AudioTower, ImageHead, ImageTower, MobileNetV2
    import textual

    text, image, audio = textual.trained(paths, Reader(paths)), ImageTower(MobileNetV2(), ImageHead()), AudioTower()
    first, last = (torch.load(paths.work / f"image_{n}.pt") for n in ("again", "last"))
    for part in ("backbone", "head"):   # the last training serves regions and costs titles a little: most of the way to it
        getattr(image, part).load_state_dict({k: (1 - TOWARDS_LAST) * v + TOWARDS_LAST * last[part][k] for k, v in first[part].items()})
    audio.load_state_dict(torch.load(paths.work / "audio.pt")["tower"])
    return text.eval(), image.eval(), audio.eval()


def provenance(paths, minutes):
    sets = ["fashion44k", "electronics", "grocery", "clothing", "emoji", "audio-esc10", "audio-mandarin", "taxonomy_en_zh", "wordnet_nouns_en_zh",
            "wiktionary_nouns_en_zh", "emoji_names_en_zh", "taobao_titles_zh", "shop_queries_zh"]
    return {"trained_with": "models/train/train.py all" + (" --licensed-only" if paths.licensed_only else ""),
            "data": [s for s in sets if paths.allowed(s)] + ["drawn pictures and sounds of this project", "espeak-ng and flite speech"],
            "data_without_licence": [] if paths.licensed_only else sorted(UNLICENSED),
            "picture_start": "MobileNetV2 1.0 ImageNet weights (google-coral/test_data, Apache-2.0), trained on through all layers",
            "teachers_not_shipped": ["all-MiniLM-L6-v2", "YAMNet", "speech_embedding (Google, through openWakeWord)"],
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
        import voices
        voices.make(paths)
    elif step == "sounds":
        import drawn, hearing
        hearing.prepare(paths)
        drawn.noises(paths)
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
    elif step == "regions" and not (paths.work / "image_last.pt").exists():
        import finetune
        finetune.train(paths, minutes=args.region_minutes, resume=paths.work / "image_again.pt", name="image_last.pt", seed=61, lr_backbone=5e-5, lr_head=2e-4)
    elif step == "audio" and not (paths.work / "audio.pt").exists():
        from joint import Reader
        import hearing, textual
        reader = Reader(paths)
        text = textual.trained(paths, reader)
        if not (paths.work / "audio1.pt").exists():
            hearing.train(paths, text, reader, minutes=args.audio_minutes, name="audio1.pt")
        hearing.train(paths, text, reader, minutes=args.audio_more, start=paths.work / "audio1.pt", seed=9, lr=1.2e-3)
    elif step == "export":
        import export
        export.write_bundle(args.out, *towers_of(paths), paths.work / "tokenizer.json", provenance(paths, (args.image_minutes + args.region_minutes, args.audio_minutes + args.audio_more)), licensed_only=paths.licensed_only, calibration=calibration(paths))
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
    p.add_argument("--region-minutes", type=float, default=9, help="CPU minutes of the second full fine-tune")
    p.add_argument("--audio-minutes", type=float, default=20, help="CPU minutes of the sound tower's first run")
    p.add_argument("--audio-more", type=float, default=25, help="CPU minutes of its second run")
    args = p.parse_args()
    paths = Paths(args.data, args.work, args.licensed_only)
    seed_all()
    for step in STEPS if args.step == "all" else [args.step]:
        begin = time.time()
        run(step, paths, args)
        paths.log(f"-- {step}: {time.time() - begin:.0f} s")


if __name__ == "__main__":
    main()
