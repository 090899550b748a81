"""Numbers out of range are refused by the name of their option, before anything is written."""

from dataclasses import replace

import pytest

from finsta.config import AlignmentConfig, EncoderConfig, PostTrainConfig, TransferConfig, check
from finsta.errors import InputError
from finsta.training import post_train

GOOD = PostTrainConfig()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (replace(GOOD, steps=0), "--steps: expected more than 0, found 0"),
        (replace(GOOD, batch_size=-1), "--batch-size: expected more than 0, found -1"),
        (replace(GOOD, learning_rate=-1.0), "--learning-rate"),
        (replace(GOOD, checkpoint_every=0), "--checkpoint-every"),
        (replace(GOOD, accumulation=0), "--accumulation: expected more than 0, found 0"),
        (replace(GOOD, keep_checkpoints=0), "--keep-checkpoints: expected more than 0, found 0"),
        (replace(GOOD, encode_at_once=-1), "--encode-at-once: expected 0 or more, found -1"),
        (replace(GOOD, workers=-1), "--workers: expected 0 or more, found -1"),
        (replace(GOOD, broken_share=1.5), r"--broken-share: expected a share in \[0, 1\], found 1.5"),
        (replace(GOOD, keep_best=True), "--keep-best: expected --validate-every above 0 with it, found 0"),
        (replace(GOOD, patience=2), "--patience: expected --validate-every above 0 with it, found 0"),
        (replace(GOOD, seed=-1), "--seed: expected a number from 0 to 4294967295, found -1"),
        (replace(GOOD, frames=-2), "--frames"),
        (replace(GOOD, transfer=TransferConfig(direct=-0.5)), "--transfer.direct"),
        (replace(GOOD, encoder=EncoderConfig(width=30, heads=4)), "--encoder.width: expected a multiple"),
        (replace(GOOD, alignment=AlignmentConfig(temperature=0.0)), "--alignment.temperature: expected between"),
        (replace(GOOD, alignment=AlignmentConfig(warm_up=1.5)), "--alignment.warm-up"),
    ],
)
def test_a_number_out_of_range_is_refused_by_its_option(config, message, tmp_path):
    with pytest.raises(InputError, match=message):
        post_train(tmp_path / "host", [], tmp_path / "out", config=config)
    assert not (tmp_path / "out").exists()


def test_the_defaults_are_in_range():
    check(GOOD)
