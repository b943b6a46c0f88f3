"""What tools/run_benchmark.py keeps of a run, with figures that are made up."""


def report(error=0.3, psnr=25.0):
    """What is kept of an evaluation: grey's error is 0.4, its PSNR 23 dB."""

    def row(alpha_beta, decibels, colorful):
        return {
            "alpha_beta_rmse": alpha_beta,
            "psnr_db": decibels,
            "ssim": 0.95,
            "auc": 0.9,
            "auc_rebalanced": 0.6,
            "colorfulness_signed": colorful,
            "colorfulness_absolute": colorful,
        }

    truth = {"colorfulness_signed": 40.0, "colorfulness_absolute": 38.0}
    rows = {"grey": row(0.4, 23.0, 0.0), "model": row(error, psnr, 20.0)}
    steady = {"warp_error_ratio": 1.25, "cdc_ratio": 1.5}
    one = {"warp_error_ratio": 1.0, "cdc_ratio": 1.0}
    return {
        "rows": {**rows, "truth": truth},
        "alpha_beta_rmse_ratio": error / 0.4,
        "psnr_gain_db": psnr - 23.0,
        "temporal": {"rows": {"grey": one, "model": steady, "truth": one}},
        "semantic": {"rows": {"grey": 0.7, "model": 0.75, "truth": 0.9}},
        "seconds_per_frame": 0.25,
        "parameters": 6_300_000,
    }


def result(*figures, loss=(3.0, 2.9)):
    return {
        "pictures": 60_000,
        "machine": "two cores",
        "seconds": 600.0,
        "loss": list(loss),
        "photos": report(*figures),
        "films": report(*figures),
        "photos_at": {"160": report(*figures), "128": report(1.0)},
    }
