#!/usr/bin/env bash
# Makes the rows, tables and figures of experiments/README.md:
#   DATA=../shared/data MACHINE="2 cores" bash experiments/run_all.sh
# DATA holds photos-train, photos-val, clips-train, DAVIS and weights. What is there
# already is not made again, so that the same command goes on after an interruption.
# To begin from the beginning, first remove what is kept in experiments/:
#   rm -f experiments/{benchmark,dynamic_layer}/*.json experiments/decoding.csv \
#     experiments/vgg16_encoder/vgg16.weights.h5
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${DATA:?the folder of the data}" "${MACHINE:?what all this runs on}"
weights=$DATA/weights
davis=$DATA/DAVIS/JPEGImages/480p
mobilenet_v2=$weights/mobilenet_v2_imagenet_notop.weights.h5

# What is learned from, and what is watched meanwhile.
[ -e records/photos/manifest.json ] || colornet build-records --source=photos \
  --input="$DATA/photos-train" --exclude='classes/00[0-3]??.avif' --min_color=0 \
  --output=records/photos
[ -e records/davis/manifest.json ] || colornet build-records --source=davis \
  --input="$DATA/DAVIS" --resolution=240p --split_list=ImageSets/2017/train.txt \
  --output=records/davis
[ -e records/clips/manifest.json ] || colornet build-records --source=films \
  --input="$DATA/clips-train" --short_side=192 --name=clips --min_color=0 \
  --min_change=0 --cut_threshold=0 --output=records/clips
last=$(ls records/photos/*.tfrecord | tail -n 1)
[ -e "records/labelled/${last##*/}" ] || python tools/label_records.py \
  'records/photos/*.tfrecord' records/labelled --classifier="$weights"

# VGG-16, of which blocks 4 and 5 cannot be had.
vgg16=experiments/vgg16_encoder/vgg16.weights.h5
if ! [ -e $vgg16 ]; then
  python tools/distill_encoder.py --encoder=vgg16 --workdir=runs/vgg16_encoder \
    --start="$weights/vgg16_imagenet_block1_to_block3.npz" --teacher="$weights" \
    --photos='records/photos/*.tfrecord' --validation="$DATA/photos-val" --crop=64 \
    --steps=2000 --steps_per_epoch=250
  cp runs/vgg16_encoder/vgg16.weights.h5 $vgg16
fi

films='records/[cd]*/*.tfrecord'
python tools/ablate_dynamic_layer.py --davis="$davis" --runs=runs/dynamic_layer -- \
  --photos='records/photos/*.tfrecord' --films="$films" | tail -n 11
# The rows of one frozen VGG-16 side by side; what is trained already is only scored.
for seed in 1 2; do
  rows=no_dynamic_layer,gru,lstm
  [ $seed = 2 ] || rows=$rows,noh2015
  python tools/train_side_by_side.py --rows=$rows -- --seed=$seed \
    --photos='records/labelled/*.tfrecord' --films="$films" \
    --encoder_weights=$vgg16
done
python tools/run_benchmark.py --photos="$DATA/photos-val" --films="$davis" \
  --machine="$MACHINE" --classifier="$weights" --mobilenet_v2="$mobilenet_v2" -- \
  --photos='records/labelled/*.tfrecord' --films="$films"

python tools/make_tables.py
python tools/plot_benchmark.py docs
python tools/benchmark_sheet.py runs/benchmark docs
[ -e experiments/decoding.csv ] || python tools/curve_of_decoding.py \
  --input="$DATA/photos-val" --csv=experiments/decoding.csv --plot=docs/decoding.png
