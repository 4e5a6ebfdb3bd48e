/// The AdaRoute authors' published configurations of dense networks, by name: `swin_b_mask_rcnn`.
///
/// Source: the configurations of their repository, LMMMEng/ParaX, for mmsegmentation 0.30 and mmdetection 2.28. What the
/// tensors' shapes tell is not stated.
public enum DensePreset {
  public static let names: [String] = backbones.keys.sorted().flatMap { backbone in
    heads.keys.sorted().map { "\(backbone)_\($0)" }
  }

  /// Nil where no configuration has this name.
  public static func configuration(_ name: String) throws(BackboneError) -> JSONValue? {
    for (backbone, settings) in backbones {
      for (head, parts) in heads where name == "\(backbone)_\(head)" {
        return try JSONValue(python: "model = dict(backbone=dict(\(settings)), \(parts))")
      }
    }
    return nil
  }

  private static let backbones = [
    "swin_b": "type='SwinParaX', window_size=7", "swin_l": "type='SwinParaX', window_size=7",
    "convnext_b": "type='ConvNeXtParaX'", "convnext_l": "type='ConvNeXtParaX'",
  ]

  private static let heads = [
    "upernet": "type='EncoderDecoder', \(segmenter)", "mask_rcnn": "type='MaskRCNN', \(detector), \(chosen))",
    "panoptic_fpn": "type='PanopticFPN', \(detector), \(stuff), \(chosen), \(fused))",
  ]

  private static let segmenter = """
    decode_head=dict(
        type='UPerHead', pool_scales=(1, 2, 3, 6), channels=512, num_classes=150,
        norm_cfg=dict(type='SyncBN', requires_grad=True), align_corners=False),
    test_cfg=dict(mode='whole')
    """

  private static let detector = """
    neck=dict(type='FPN', out_channels=256, num_outs=5),
    rpn_head=dict(
        type='RPNHead', feat_channels=256,
        anchor_generator=dict(
            type='AnchorGenerator', scales=[8], ratios=[0.5, 1.0, 2.0], strides=[4, 8, 16, 32, 64]),
        bbox_coder=dict(target_means=[.0, .0, .0, .0], target_stds=[1.0, 1.0, 1.0, 1.0])),
    roi_head=dict(
        type='StandardRoIHead', bbox_roi_extractor=dict(roi_layer=dict(output_size=7)),
        bbox_head=dict(
            type='Shared2FCBBoxHead', fc_out_channels=1024, num_classes=80,
            bbox_coder=dict(target_means=[.0, .0, .0, .0], target_stds=[0.1, 0.1, 0.2, 0.2])),
        mask_roi_extractor=dict(roi_layer=dict(output_size=14)),
        mask_head=dict(type='FCNMaskHead', num_convs=4, conv_out_channels=256, num_classes=80))
    """

  private static let stuff = """
    semantic_head=dict(
        type='PanopticFPNHead', num_things_classes=80, num_stuff_classes=53, inner_channels=128, start_level=0,
        end_level=4, norm_cfg=dict(type='GN', num_groups=32)),
    panoptic_fusion_head=dict(type='HeuristicFusionHead', num_things_classes=80, num_stuff_classes=53)
    """

  /// Left open for what a panoptic network states beside.
  private static let chosen = """
    test_cfg=dict(
        rpn=dict(nms_pre=1000, max_per_img=1000, nms=dict(type='nms', iou_threshold=0.7), min_bbox_size=0),
        rcnn=dict(score_thr=0.05, nms=dict(type='nms', iou_threshold=0.5), max_per_img=100, mask_thr_binary=0.5)
    """

  private static let fused = """
    panoptic=dict(
        score_thr=0.6, max_per_img=100, mask_thr_binary=0.5, mask_overlap=0.5, stuff_area_limit=4096,
        nms=dict(type='nms', iou_threshold=0.5, class_agnostic=True))
    """
}
