"""Losses: pure functions of a target and an output."""

from keras_pod.losses.angular_softmax import ASoftmaxLoss as ASoftmaxLoss
from keras_pod.losses.complement_entropy import (
    ComplementEntropyLoss as ComplementEntropyLoss,
)
from keras_pod.losses.complement_entropy import COTLoss as COTLoss
from keras_pod.losses.cross_entropy import CrossEntropyLoss as CrossEntropyLoss
from keras_pod.losses.decorrelation import (
    BarlowDecorrelationLoss as BarlowDecorrelationLoss,
)
from keras_pod.losses.decorrelation import VICRegCovarianceLoss as VICRegCovarianceLoss
from keras_pod.losses.margin import AMSoftmaxLoss as AMSoftmaxLoss
from keras_pod.losses.margin import ArcFaceLoss as ArcFaceLoss
from keras_pod.losses.margin import CombinedMarginLoss as CombinedMarginLoss
from keras_pod.losses.margin import CosSoftmaxLoss as CosSoftmaxLoss
from keras_pod.losses.nac import CompetingNaCLoss as CompetingNaCLoss
from keras_pod.losses.nac import CosineLoss as CosineLoss
from keras_pod.losses.nac import CosineMSELoss as CosineMSELoss
from keras_pod.losses.nac import NaCLoss as NaCLoss
from keras_pod.losses.nac import PEDCCLoss as PEDCCLoss
from keras_pod.losses.norms import FeatureIncayLoss as FeatureIncayLoss
from keras_pod.losses.norms import MagFaceNormLoss as MagFaceNormLoss
from keras_pod.losses.norms import RingLoss as RingLoss
from keras_pod.losses.norms import feature_incay as feature_incay
from keras_pod.losses.norms import magface as magface
from keras_pod.losses.norms import ring as ring
from keras_pod.losses.pairs import BatchHardTripletLoss as BatchHardTripletLoss
from keras_pod.losses.pairs import SupConLoss as SupConLoss
from keras_pod.losses.pairs import supcon as supcon
from keras_pod.losses.pairs import triplet as triplet
from keras_pod.losses.pod import SelfCorrelationLoss as SelfCorrelationLoss
from keras_pod.losses.pod import pod as pod
from keras_pod.losses.prototypes import CenterLoss as CenterLoss
from keras_pod.losses.prototypes import GaussianLikelihoodLoss as GaussianLikelihoodLoss
from keras_pod.losses.prototypes import LGMLoss as LGMLoss
from keras_pod.losses.prototypes import PrototypeLoss as PrototypeLoss
from keras_pod.losses.prototypes import center as center
from keras_pod.losses.prototypes import g_cpl as g_cpl
from keras_pod.losses.prototypes import lgm as lgm
