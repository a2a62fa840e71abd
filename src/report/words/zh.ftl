### `explain` 和 `order` 页面的中文用语。原因的标题和建议在 sql/causes/causes.toml。

metric = { $metric ->
    [placed] 下单
    [unshipped] 未发货
   *[shipped] 已发货
  }
headline = { $store }  { $platform } → { $erp }  { $metric }{ $day ->
    [none] {""}
   *[other] {" "}{ $day }
  },截至 { $at }

health-platform = 平台报表
health-erp = ERP 导出
health-sync = 上次同步
health-authorisation = 店铺授权
health-logistics = 物流商授权
logistics-missing = 未授权:会影响运单号申请,不影响订单同步
file-missing = 缺失
file-to = 数据到 { $at },{ $age }
file-incomplete = 不完整,数据到 { $at },{ $age }
file-from = ({ $file }{ $more ->
    [0] {""}
   *[other] {" "}及另外 { $more } 个文件
  })
sync-at = { $at },{ $age },{ $status ->
    [ok] 成功
    [partial] 仅部分成功
   *[failed] 失败
  }
sync-last-good = 上次成功是 { $at },{ $age }
sync-running = { $n } 个正在进行
sync-none = 没有记录
sync-unknown = 未知(未提供 sync_log)
authorised-ok = 正常
authorised-until = 正常,有效期至 { $at }
authorised-expired = 已于 { $at } 过期
authorised-unbound = 已于 { $at } 解绑
authorised-never = 从未授权
authorised-unknown = 未知(stores 中未提供)
just-now = 刚刚
minutes-ago = { $n } 分钟前
hours-ago = { $n } 小时前
days-ago = { $n } 天前

numbers = 平台 { $platform }   ERP { $erp }(可比 { $comparable })   差异 { $diff }   已逐单说明 { $units } 个   合计:{ $sums ->
    [ok] 相符
   *[broken] 不符,这些数字不可信
  }
not-comparable = 平台 n/a   ERP n/a   今晚不可比:
press-sync = 请先在 ERP 点击同步,再重新核对:有 { $n } 单尚未同步。
every-order-matches = 每一单都相符。
platform-number = 平台
erp-number = ERP
class-benign = 正常
class-wait = 等待
class-act = 处理
class-defect = 缺陷
evidence = 证据:nightaudit order { $order }
more = … 另有 { $n } 个

ticket = 工单
side-platform = 平台
side-local = ERP
claim-agrees = { $side } { $claimed }:与我们的数字相同
single_tab_counted = ERP { $claimed } = 只数了 { $n_parts } 个标签页:{ $parts };到全部 { $n } 还差 { $bridge }(single_tab_counted,推断)
rows_counted_as_orders = { $side } { $claimed } = 把{ $part ->
    [counted] 这些订单的商品行
   *[in_file] 文件中的全部商品行
  }当成订单数;订单数为 { $n }(rows_counted_as_orders,推断)
ui_default_filter = { $side } { $claimed } = { $n } 不含{ $parts }:页面默认筛选(ui_default_filter,推断)
ui_count_capped = { $side } { $claimed } = 页面计数的上限;实际为 { $n }(ui_count_capped,推断)
claimed_at_other_time = { $side } { $claimed } = { $at } 时两边的数字;现在为 { $n }(claimed_at_other_time,推断)
other_report_definition = { $side } { $claimed } = { $n } { $part ->
    [without] 不含
   *[including] 另加
  }{ $parts }:报表口径不同(other_report_definition,推断)
claim_residual_platform = 平台 { $claimed },我们的数字 { $n }:{ $bridge } 今晚的数据无法说明(claim_residual_platform)
claim_residual_local = ERP { $claimed },我们的数字 { $n }:{ $bridge } 今晚的数据无法说明(claim_residual_local)
and = +
part-pending_review = 「待审核」
part-pending = 「待处理」
part-tracking_applied = 「运单号申请」
part-to_print_in_stock = 「待打单(有货)」
part-to_print_out_of_stock = 「待打单(缺货)」
part-shipped_ok = 「已发货」
part-ship_failed = 「提交失败」
part-on_hold = 「搁置」
part-obsolete = 「已作废」
part-cancelled = 已取消
part-refunded = 已退款
part-ignored = 已忽略
part-deleted = 已删除
part-unknown = 未知状态
part-archived = 已归档
part-no_address = 无地址
part-payment_pending = 待付款

order-found = { $number }:{ $orders } 个平台订单和 { $rows } 个 ERP 包裹属于同一组(时间为 UTC),查找方式:{ $how ->
    [exact] 单号完全一致
    [format] 去掉 #、空格、前后缀和大小写后一致
    [damaged] 还原表格软件损坏的长单号后一致
    [row] ERP 包裹号
   *[similar] 单号部分一致,请确认是否为要找的订单
  }
order-not-found = 没有单号为 { $number } 的平台订单或 ERP 包裹:已查找所有店铺和状态的 { $orders } 个订单、{ $rows } 个包裹,共 { $nights } 晚。
order-more = 还有 { $n } 组符合,请输入平台上的完整单号。
seen-last = 今晚的数据中没有;以下为 { $night } 当晚。
order-placed = 下单 { $at }
order-shipped = 发货 { $at }
order-cancelled = 取消 { $at }
order-updated = 更新 { $at }
row-number = 单号 `{ $raw }`
row-no-number = 无单号
row-imported = 导入 { $at }
row-submitted = 运单提交 { $status }
row-merged = 合并包裹 { $orders }
row-split = 拆自 { $row }
link-none = 未关联
link-ambiguous = 多个候选:{ $orders }
causes = 原因
no-causes = 没有差异:两边各项数字一致。
also = 同时成立:
proof = 依据:
nights = 各晚
