"""Backbones: networks that turn images into features."""

from keras_pod.models.backbone import BACKBONES as BACKBONES
from keras_pod.models.backbone import backbone as backbone
from keras_pod.models.resnet import resnet8 as resnet8
from keras_pod.models.resnet import resnet18 as resnet18
from keras_pod.models.resnet import resnet20 as resnet20
from keras_pod.models.resnet import small_resnet as small_resnet
