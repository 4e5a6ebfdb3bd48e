"""Swin with AdaRoute modules under UperNet, Mask R-CNN and Panoptic FPN in PyTorch, as mmsegmentation 0.30 and
mmdetection 2.28 compute them, from the checkpoints that make_full_size_dense.py writes.

For comparing results, time and memory; what is computed follows those packages' own code, on one image at a time.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from adaroute_torch import AdaRoute, ExpertCenter
from PIL import Image
from torch import nn

MEAN, STD = torch.tensor([123.675, 116.28, 103.53]), torch.tensor([58.395, 57.12, 57.375])


# Swin, under Microsoft's names, with two modules in each block.


def windows_of(x, size):
    b, h, w, c = x.shape
    x = x.view(b, h // size, size, w // size, size, c)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, c)


class Attention(nn.Module):
    def __init__(self, channels, heads, window):
        super().__init__()
        self.heads, self.window = heads, window
        self.qkv, self.proj = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.relative_position_bias_table = nn.Parameter(torch.empty((2 * window - 1) ** 2, heads))
        places = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
        apart = (places[:, :, None] - places[:, None, :]) + window - 1
        self.index = (apart[0] * (2 * window - 1) + apart[1]).view(-1)

    def forward(self, x, mask):
        count, tokens, c = x.shape
        qkv = self.qkv(x).view(count, tokens, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        bias = self.relative_position_bias_table[self.index].view(tokens, tokens, self.heads).permute(2, 0, 1)
        scores = (qkv[0] * (c // self.heads) ** -0.5) @ qkv[1].transpose(2, 3) + bias
        if mask is not None:
            grouped = scores.view(-1, len(mask), self.heads, tokens, tokens) + mask[:, None]
            scores = grouped.view(scores.shape)
        return self.proj((scores.softmax(-1) @ qkv[2]).transpose(1, 2).reshape(x.shape))


class Block(nn.Module):
    def __init__(self, channels, heads, window, shift, adapter):
        super().__init__()
        self.window, self.shift = window, shift
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.attn = Attention(channels, heads, window)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(channels, 4 * channels), "fc2": nn.Linear(4 * channels, channels)})
        self.adapter1, self.adapter2 = adapter(), adapter()

    def mask(self, h, w):
        regions = torch.zeros(1, h, w, 1)
        spans = (slice(0, -self.window), slice(-self.window, -self.shift), slice(-self.shift, None))
        for i, rows in enumerate(spans):
            for j, columns in enumerate(spans):
                regions[:, rows, columns] = 3 * i + j
        regions = windows_of(regions, self.window)[..., 0]
        return (regions[:, None] != regions[:, :, None]) * -100.0

    def forward(self, x, h, w):
        b, tokens, c = x.shape
        y = self.norm1(x).view(b, h, w, c)
        y = F.pad(y, (0, 0, 0, -w % self.window, 0, -h % self.window))
        high, wide = y.shape[1:3]
        if self.shift:
            y = y.roll((-self.shift, -self.shift), (1, 2))
        y = self.attn(windows_of(y, self.window), self.mask(high, wide) if self.shift else None)
        y = y.view(b, high // self.window, wide // self.window, self.window, self.window, c)
        y = y.permute(0, 1, 3, 2, 4, 5).reshape(b, high, wide, c)
        if self.shift:
            y = y.roll((self.shift, self.shift), (1, 2))
        x = self.adapter1(x + y[:, :h, :w].reshape(x.shape), (h, w))
        x = x + self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.norm2(x))))
        return self.adapter2(x, (h, w))


class Merging(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm, self.reduction = nn.LayerNorm(4 * channels), nn.Linear(4 * channels, 2 * channels, bias=False)

    def forward(self, x, h, w):
        x = F.pad(x.view(len(x), h, w, -1), (0, 0, 0, w % 2, 0, h % 2))
        quads = torch.cat([x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)], -1)
        return self.reduction(self.norm(quads.flatten(1, 2)))


class Swin(nn.Module):
    """(B, 3, H, W) -> four normed maps (B, C, H/s, W/s), s = 4, 8, 16, 32."""

    def __init__(self, dims, depths, heads, window, rank, kernels, hidden):
        super().__init__()
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(3, dims[0], 4, 4), "norm": nn.LayerNorm(dims[0])})
        self.layers, self.peft_params = nn.ModuleList(), nn.ModuleList()
        for stage, (c, depth, count) in enumerate(zip(dims, depths, heads)):
            center = ExpertCenter(c, rank, depth, kernels)
            self.peft_params.append(center)
            adapter = lambda center=center, c=c, depth=depth: AdaRoute(center, c, rank, depth, kernels, hidden)
            blocks = [Block(c, count, window, window // 2 * (index % 2), adapter) for index in range(depth)]
            parts = {"blocks": nn.ModuleList(blocks)}
            if stage < len(dims) - 1:
                parts["downsample"] = Merging(c)
            self.layers.append(nn.ModuleDict(parts))
            self.add_module(f"extra_norm{stage}", nn.LayerNorm(c))

    def forward(self, image):
        x = self.patch_embed["proj"](image)
        h, w = x.shape[2:]
        x, maps = self.patch_embed["norm"](x.flatten(2).transpose(1, 2)), []
        for stage, layer in enumerate(self.layers):
            for block in layer["blocks"]:
                x = block(x, h, w)
            normed = getattr(self, f"extra_norm{stage}")(x)
            maps.append(normed.view(len(x), h, w, -1).permute(0, 3, 1, 2).contiguous())
            if "downsample" in layer:
                x = layer["downsample"](x, h, w)
                h, w = (h + 1) // 2, (w + 1) // 2
        return maps


class Network:
    """A backbone and the tensors of what follows it."""

    def __init__(self, checkpoint, dims, depths, heads, window, rank, kernels, hidden):
        self.t = torch.load(checkpoint, mmap=True, weights_only=True)["state_dict"]
        self.backbone = Swin(dims, depths, heads, window, rank, kernels, hidden)
        own = {k.removeprefix("backbone."): v for k, v in self.t.items() if k.startswith("backbone.")}
        self.backbone.load_state_dict(own, assign=True)
        self.backbone.eval()

    def conv(self, x, name, padding=0):
        return F.conv2d(x, self.t[name + ".weight"], self.t.get(name + ".bias"), padding=padding)

    def linear(self, x, name):
        return F.linear(x, self.t[name + ".weight"], self.t[name + ".bias"])

    def normed(self, x, name):
        """A convolution without bias, its batch norm and a ReLU."""
        x = self.conv(x, name + ".conv", self.t[name + ".conv.weight"].shape[-1] // 2)
        own = [self.t[f"{name}.bn.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        return F.batch_norm(x, *own).relu_()


def bilinear(x, size):
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


# Segmentation.


def upernet_logits(net, maps):
    """Logits at a quarter of the input's size."""
    head, x = "decode_head.", maps[3]
    pyramid = [x]
    for index, bins in enumerate((1, 2, 3, 6)):
        pooled = net.normed(F.adaptive_avg_pool2d(x, bins), f"{head}psp_modules.{index}.1")
        pyramid.append(bilinear(pooled, x.shape[2:]))
    laterals = [net.normed(maps[level], f"{head}lateral_convs.{level}") for level in range(3)]
    laterals.append(net.normed(torch.cat(pyramid, 1), head + "bottleneck"))
    for level in (3, 2, 1):
        laterals[level - 1] = laterals[level - 1] + bilinear(laterals[level], laterals[level - 1].shape[2:])
    outputs = [net.normed(laterals[level], f"{head}fpn_convs.{level}") for level in range(3)] + [laterals[3]]
    outputs = [outputs[0]] + [bilinear(y, outputs[0].shape[2:]) for y in outputs[1:]]
    return net.conv(net.normed(torch.cat(outputs, 1), head + "fpn_bottleneck"), head + "conv_seg")


def segment(net, photo):
    image, content = resized(photo, (512, 512))
    logits = bilinear(upernet_logits(net, net.backbone(image)), image.shape[2:])
    logits = bilinear(logits[:, :, : content[0], : content[1]], photo.shape[:2])
    return {"labels": logits.softmax(1).argmax(1)[0].to(torch.uint8)}


# Detection. Boxes are rows of left, top, right, bottom.


def decoded(boxes, deltas, stds, size):
    """Boxes (N, 4) moved by deltas (N, 4K), clipped to a size (h, w): (N, K, 4)."""
    deltas = deltas.view(len(boxes), -1, 4) * torch.tensor(stds)
    sides = (boxes[:, 2:] - boxes[:, :2])[:, None]
    centres = (boxes[:, 2:] + boxes[:, :2])[:, None] / 2 + sides * deltas[..., :2]
    most = abs(math.log(16 / 1000))
    sides = sides * deltas[..., 2:].clamp(-most, most).exp()
    limit = torch.tensor([size[1], size[0]], dtype=torch.float32)
    corners = [torch.minimum((centres + sign * sides / 2).clamp(min=0), limit) for sign in (-1, 1)]
    return torch.cat(corners, -1)


def suppressed(boxes, scores, groups, threshold, most):
    """What is kept of boxes that compete within groups, the best first."""
    apart = boxes + (groups * (boxes.max() + 1))[:, None] if len(boxes) else boxes
    return torchvision.ops.nms(apart, scores, threshold)[:most]


def pyramid(net, maps):
    laterals = [net.conv(x, f"neck.lateral_convs.{level}.conv") for level, x in enumerate(maps)]
    for level in (3, 2, 1):
        laterals[level - 1] = laterals[level - 1] + F.interpolate(laterals[level], size=laterals[level - 1].shape[2:])
    levels = [net.conv(x, f"neck.fpn_convs.{level}.conv", 1) for level, x in enumerate(laterals)]
    return [*levels, F.max_pool2d(levels[-1], 1, 2)]


def anchors(size, stride):
    ratios = torch.tensor([0.5, 1.0, 2.0]).sqrt()
    half = torch.stack([8 * stride / ratios, 8 * stride * ratios], 1) / 2
    base = torch.cat([-half, half], 1)
    rows, columns = torch.meshgrid(torch.arange(size[0]) * stride, torch.arange(size[1]) * stride, indexing="ij")
    shift = torch.stack([columns, rows, columns, rows], -1).view(-1, 1, 4)
    return (shift + base).view(-1, 4)


def proposals(net, levels, size):
    boxes, scores, groups = [], [], []
    for number, x in enumerate(levels):
        x = net.conv(x, "rpn_head.rpn_conv", 1).relu_()
        score = net.conv(x, "rpn_head.rpn_cls")[0].permute(1, 2, 0).reshape(-1).sigmoid()
        deltas = net.conv(x, "rpn_head.rpn_reg")[0].permute(1, 2, 0).reshape(-1, 4)
        own = anchors(x.shape[2:], 4 << number)
        if len(score) > 1000:
            score, places = score.topk(1000)
            deltas, own = deltas[places], own[places]
        box = decoded(own, deltas, (1.0, 1.0, 1.0, 1.0), size)[:, 0]
        valid = ((box[:, 2:] - box[:, :2]) > 0).all(1)
        boxes, scores = [*boxes, box[valid]], [*scores, score[valid]]
        groups.append(torch.full((int(valid.sum()),), float(number)))
    boxes, scores, groups = torch.cat(boxes), torch.cat(scores), torch.cat(groups)
    return boxes[suppressed(boxes, scores, groups, 0.7, 1000)]


def regions(levels, boxes, side):
    """What RoIAlign reads for boxes, each from the level of its size: (N, C, side, side)."""
    scales = ((boxes[:, 2:] - boxes[:, :2]).prod(1).sqrt() / 56 + 1e-6).log2().floor().clamp(0, 3)
    result = torch.zeros(len(boxes), levels[0].shape[1], side, side)
    for number, x in enumerate(levels[:4]):
        own = scales == number
        if own.any():
            result[own] = torchvision.ops.roi_align(x, [boxes[own]], side, 1 / (4 << number), 0, True)
    return result


def detections(net, levels, photo, content, threshold, classwise):
    """Boxes in the photo, scores and classes of at most 100 things, the surest first."""
    boxes = proposals(net, levels, content)
    x = regions(levels, boxes, 7).flatten(1)
    for layer in ("shared_fcs.0", "shared_fcs.1"):
        x = net.linear(x, "roi_head.bbox_head." + layer).relu_()
    scores = net.linear(x, "roi_head.bbox_head.fc_cls").softmax(1)[:, :-1]
    moved = decoded(boxes, net.linear(x, "roi_head.bbox_head.fc_reg"), (0.1, 0.1, 0.2, 0.2), content)
    moved = moved / factors(photo, content)
    rows, classes = (scores > threshold).nonzero(as_tuple=True)
    boxes, scores = moved[rows, classes], scores[rows, classes]
    kept = suppressed(boxes, scores, classes.float() if classwise else torch.zeros(len(boxes)), 0.5, 100)
    return boxes[kept], scores[kept], classes[kept]


def factors(photo, content):
    """How much wider and higher the network's image is, for the four numbers of a box."""
    across, down = content[1] / photo.shape[1], content[0] / photo.shape[0]
    return torch.tensor([across, down, across, down], dtype=torch.float32)


def masks(net, levels, boxes, classes, photo, content):
    """(N, H, W) of the photo's pixels that belong to a thing."""
    result = torch.zeros(len(boxes), *photo.shape[:2], dtype=torch.bool)
    if not len(boxes):
        return result
    x = regions(levels, boxes * factors(photo, content), 14)
    for index in range(4):
        x = net.conv(x, f"roi_head.mask_head.convs.{index}.conv", 1).relu_()
    up = "roi_head.mask_head.upsample"
    x = F.conv_transpose2d(x, net.t[up + ".weight"], net.t[up + ".bias"], stride=2).relu_()
    x = net.conv(x, "roi_head.mask_head.conv_logits")[torch.arange(len(x)), classes].sigmoid()
    h, w = photo.shape[:2]
    for place, (left, top, right, bottom) in enumerate(boxes.tolist()):
        if right <= left or bottom <= top:
            continue
        x0, x1 = max(math.floor(left) - 1, 0), min(math.ceil(right) + 1, w)
        y0, y1 = max(math.floor(top) - 1, 0), min(math.ceil(bottom) + 1, h)
        across = (torch.arange(x0, x1) + 0.5 - left) / (right - left) * 2 - 1
        down = (torch.arange(y0, y1) + 0.5 - top) / (bottom - top) * 2 - 1
        grid = torch.stack(torch.meshgrid(down, across, indexing="ij")[::-1], -1)[None]
        pasted = F.grid_sample(x[place][None, None], grid, align_corners=False)[0, 0]
        result[place, y0:y1, x0:x1] = pasted >= 0.5
    return result


def detect(net, photo):
    image, content = resized(photo, (1333, 800))
    levels = pyramid(net, net.backbone(image))
    boxes, scores, classes = detections(net, levels, photo, content, 0.05, classwise=True)
    found = masks(net, levels, boxes, classes, photo, content)
    return {"boxes": boxes, "scores": scores, "classes": classes, "areas": found.sum((1, 2))}


# Panoptic segmentation.


def stuff_logits(net, levels):
    total = 0
    for number, x in enumerate(levels[:4]):
        for step in range(max(number, 1)):
            name = f"semantic_head.conv_upsample_layers.{number}.conv.{step}"
            x = net.conv(x, name + ".conv", 1)
            x = F.group_norm(x, 32, net.t[name + ".gn.weight"], net.t[name + ".gn.bias"]).relu_()
            if number:
                x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        total = total + x
    return net.conv(total, "semantic_head.conv_logits")


def panoptic(net, photo, things=80, stuff=53):
    image, content = resized(photo, (1333, 800))
    levels = pyramid(net, net.backbone(image))
    logits = bilinear(stuff_logits(net, levels), image.shape[2:])[:, :, : content[0], : content[1]]
    labels = bilinear(logits, photo.shape[:2]).argmax(1)[0] + things
    boxes, scores, classes = detections(net, levels, photo, content, 0.6, classwise=False)
    free, number = torch.ones(photo.shape[:2], dtype=torch.bool), 0
    for mask, label in zip(masks(net, levels, boxes, classes, photo, content), classes.tolist()):
        area, open = int(mask.sum()), mask & free
        if area == 0 or (area - int(open.sum())) / (area + 1e-5) > 0.5:
            continue
        number += 1
        labels[open] = label + 1000 * number
        free &= ~mask
    for label in range(things, things + stuff):
        own = labels == label
        if 0 < int(own.sum()) < 4096:
            labels[own] = things + stuff
    return {"labels": labels.to(torch.int32), "boxes": boxes, "scores": scores}


# Photos.


def photo_of(path):
    """(H, W, 3), red first."""
    return np.array(Image.open(path).convert("RGB"))


def resized(photo, scale):
    """(1, 3, H', W') that fits a scale, padded to multiples of 32, and its part that shows the photo."""
    h, w = photo.shape[:2]
    factor = min(max(scale) / max(h, w), min(scale) / min(h, w))
    content = int(h * factor + 0.5), int(w * factor + 0.5)
    x = torch.from_numpy(photo).permute(2, 0, 1)[None].float()
    x = bilinear(x, content).round()
    x = (x - MEAN.view(1, 3, 1, 1)) / STD.view(1, 3, 1, 1)
    return F.pad(x, (0, -content[1] % 32, 0, -content[0] % 32)), content


TASKS = {"upernet": segment, "mask_rcnn": detect, "panoptic_fpn": panoptic}


def runner(checkpoint, task, threads):
    """A function from a photo's path to what is found in it."""
    import make_full_size_dense as made

    torch.set_num_threads(threads)
    net = Network(
        checkpoint, made.DIMS, made.DEPTHS, made.HEADS, made.WINDOW, made.RANK, made.KERNELS, made.HIDDEN)

    def run(path):
        with torch.inference_mode():
            return TASKS[task](net, photo_of(path))

    return run
