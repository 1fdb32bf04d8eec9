"""Backbones: networks that turn images into features."""

from keras_pod.models.backbone import BACKBONES as BACKBONES
from keras_pod.models.backbone import backbone as backbone
from keras_pod.models.densenet import densenet121 as densenet121
from keras_pod.models.densenet import densenet_bc as densenet_bc
from keras_pod.models.hub import swin_b as swin_b
from keras_pod.models.hub import vit_b16 as vit_b16
from keras_pod.models.inverted_residuals import efficientnet_b0 as efficientnet_b0
from keras_pod.models.inverted_residuals import efficientnet_b1 as efficientnet_b1
from keras_pod.models.inverted_residuals import efficientnet_b4 as efficientnet_b4
from keras_pod.models.inverted_residuals import mobilenet_v2 as mobilenet_v2
from keras_pod.models.plain import mnist_cnn as mnist_cnn
from keras_pod.models.plain import vgg16 as vgg16
from keras_pod.models.plain import vgg19 as vgg19
from keras_pod.models.resnet import resnet8 as resnet8
from keras_pod.models.resnet import resnet18 as resnet18
from keras_pod.models.resnet import resnet20 as resnet20
from keras_pod.models.resnet import resnet50 as resnet50
from keras_pod.models.resnet import small_resnet as small_resnet
